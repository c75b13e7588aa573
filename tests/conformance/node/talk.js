'use strict'
// What the programs share: one connection, its end, and a way to wait for so many messages.

const amqp = require('amqplib')

// Runs `story` with a connection, prints what it returns as JSON, and ends. Whatever goes wrong ends it in failure.
exports.run = async (story) => {
  const connection = await amqp.connect(process.env.AMQP_URL)
  const said = await story(connection)
  await connection.close()
  console.log(JSON.stringify(said))
}

// Consumes until `count` messages are there; `onMessage` is told of each as it comes.
exports.collect = (channel, queue, count, options = {}, onMessage = () => {}) =>
  new Promise((resolve, reject) => {
    const messages = []
    channel
      .consume(
        queue,
        (message) => {
          messages.push(message)
          onMessage(message, messages.length)
          if (messages.length === count) resolve(messages)
        },
        options
      )
      .catch(reject)
  })

exports.body = (message) => message.content.toString()
