'use strict'
// A consumer is told when its queue goes: it gets null in place of a message.

const { run } = require('./talk')

run(async (connection) => {
  const channel = await connection.createChannel()
  const { queue } = await channel.assertQueue(`node-${process.pid}`, { durable: false })
  const told = new Promise((resolve, reject) => channel.consume(queue, resolve).catch(reject))
  const other = await connection.createChannel()
  await other.deleteQueue(queue)
  const message = await told
  const { queue: next } = await channel.assertQueue('', { exclusive: true })
  return { message, channelGoesOn: next.startsWith('amq.gen-') }
})
