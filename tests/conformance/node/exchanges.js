'use strict'
// One exchange bound to another, and a headers exchange, with all and with any.

const { run, collect, body } = require('./talk')

run(async (connection) => {
  const channel = await connection.createChannel()
  const name = (kind) => `node-${process.pid}-${kind}`
  for (const kind of ['topic', 'fanout', 'headers']) {
    await channel.assertExchange(name(kind), kind, { autoDelete: true, durable: false })
  }
  const chained = (await channel.assertQueue('', { exclusive: true })).queue
  await channel.bindExchange(name('fanout'), name('topic'), 'order.*')
  await channel.bindQueue(chained, name('fanout'), '')
  channel.publish(name('topic'), 'order.new', Buffer.from('through both'))
  channel.publish(name('topic'), 'invoice.new', Buffer.from('fits nothing'))
  channel.publish(name('topic'), 'order.paid', Buffer.from('through both too'))

  const all = (await channel.assertQueue('', { exclusive: true })).queue
  const any = (await channel.assertQueue('', { exclusive: true })).queue
  const wanted = { colour: 'red', size: 7 }
  await channel.bindQueue(all, name('headers'), '', { 'x-match': 'all', ...wanted })
  await channel.bindQueue(any, name('headers'), '', { 'x-match': 'any', ...wanted })
  for (const headers of [{ colour: 'red' }, { colour: 'blue' }, { colour: 'red', size: 7 }, { size: 7, colour: 'green' }]) {
    channel.publish(name('headers'), '', Buffer.from(JSON.stringify(headers)), { headers })
  }
  const bodies = async (queue, count) => (await collect(channel, queue, count, { noAck: true })).map(body)
  return {
    chained: await bodies(chained, 2),
    any: await bodies(any, 3),
    all: await bodies(all, 1)
  }
})
