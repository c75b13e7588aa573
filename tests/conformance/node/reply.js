'use strict'
// Question and answer without a queue for the answer: direct reply-to.

const { run, collect, body } = require('./talk')

run(async (connection) => {
  const server = await connection.createChannel()
  const { queue } = await server.assertQueue('', { exclusive: true })
  const addresses = []
  await server.consume(queue, (message) => {
    const { replyTo, correlationId } = message.properties
    addresses.push(replyTo)
    server.sendToQueue(replyTo, Buffer.from(body(message).toUpperCase()), { correlationId })
    server.ack(message)
  })

  const client = await connection.createChannel()
  const answers = collect(client, 'amq.rabbitmq.reply-to', 2, { noAck: true })
  for (const [correlationId, question] of [['a', 'one'], ['b', 'two']]) {
    client.sendToQueue(queue, Buffer.from(question), { correlationId, replyTo: 'amq.rabbitmq.reply-to' })
  }
  const got = await answers
  return {
    answers: got.map((message) => [message.properties.correlationId, body(message)]),
    // What the server sees is not the word that the client wrote, and is the same for both questions.
    rewritten: addresses.every((each) => each.startsWith('amq.rabbitmq.reply-to.')),
    same: new Set(addresses).size
  }
})
