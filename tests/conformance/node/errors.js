'use strict'
// What is refused closes its channel with a code, and no other channel.

const { run } = require('./talk')

run(async (connection) => {
  const codes = {}
  const refused = async (what, ask) => {
    const channel = await connection.createChannel()
    const closed = new Promise((resolve) => channel.on('error', resolve))
    const taken = ask(channel).then(
      () => channel.checkQueue(mine).then(() => ({ message: 'not refused' }), () => closed),
      () => closed
    )
    const error = await Promise.race([closed, taken])
    codes[what] = [error.code, error.message]
  }
  const good = await connection.createChannel()
  const mine = `node-${process.pid}`
  await good.assertQueue(mine, { exclusive: true })

  await refused('no such queue', (channel) => channel.checkQueue('nowhere'))
  await refused('no such exchange', (channel) => channel.checkExchange('nowhere'))
  await refused('other options', (channel) => channel.assertQueue(mine, { exclusive: true, autoDelete: true }))
  await refused('reserved name', (channel) => channel.assertQueue('amq.mine'))
  await refused('unknown delivery', async (channel) => channel.ack({ fields: { deliveryTag: 99 } }))
  await refused('publish to nowhere', async (channel) => channel.publish('nowhere', '', Buffer.from('')))

  const { messageCount } = await good.checkQueue(mine)
  return { codes, messageCount }
})
