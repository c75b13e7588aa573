'use strict'
// A confirm channel: what is taken, what comes back, and what a full queue refuses.

const { run, body } = require('./talk')

run(async (connection) => {
  const channel = await connection.createConfirmChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true, maxLength: 100, overflow: 'reject-publish' })
  for (let n = 0; n < 100; n++) channel.sendToQueue(queue, Buffer.from(`${n}`), { persistent: true })
  await channel.waitForConfirms()
  const { messageCount } = await channel.checkQueue(queue)

  const returned = []
  channel.on('return', (message) => returned.push([message.fields.replyCode, message.fields.replyText, body(message)]))
  channel.publish('', 'no-such-queue', Buffer.from('lost?'), { mandatory: true })
  await channel.waitForConfirms()

  const refusal = await new Promise((resolve) => channel.sendToQueue(queue, Buffer.from('too many'), {}, resolve))
  return { messageCount, returned, refusal: refusal && refusal.message }
})
