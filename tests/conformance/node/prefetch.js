'use strict'
// Prefetch holds back what is not acknowledged for; nack gives back, or gives up to the dead-letter exchange.

const { run, collect, body } = require('./talk')

run(async (connection) => {
  const channel = await connection.createChannel()
  const dead = (await channel.assertQueue('', { exclusive: true })).queue
  const { queue } = await channel.assertQueue('', {
    exclusive: true, deadLetterExchange: '', deadLetterRoutingKey: dead
  })
  for (const n of [1, 2, 3, 4, 5]) channel.sendToQueue(queue, Buffer.from(`${n}`), { headers: { n } })

  await channel.prefetch(2)
  const held = await collect(channel, queue, 2, { consumerTag: 'two at a time' })
  const waiting = (await channel.checkQueue(queue)).messageCount
  await channel.cancel('two at a time')

  channel.nack(held[1], false, true)
  channel.nack(held[0], false, false)
  const rest = await collect(channel, queue, 4, {}, (message) => channel.ack(message))
  const [given] = await collect(channel, dead, 1, { noAck: true })
  return {
    held: held.map(body),
    waiting,
    rest: rest.map((message) => [body(message), message.fields.redelivered]),
    dead: body(given),
    why: given.properties.headers['x-death'][0].reason,
    headers: rest.map((message) => message.properties.headers.n)
  }
})
