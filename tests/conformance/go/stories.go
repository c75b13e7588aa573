// What programs do with RabbitMQ's client for Go: each story prints what came of it, as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const wait = 20 * time.Second

type facts map[string]any

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func next[T any](from <-chan T) (T, bool) {
	select {
	case found, isOpen := <-from:
		return found, isOpen
	case <-time.After(wait):
		check(errors.New("nothing came"))
		panic("not reached")
	}
}

func channelOf(connection *amqp.Connection) *amqp.Channel {
	channel, err := connection.Channel()
	check(err)
	return channel
}

func queueOf(channel *amqp.Channel, arguments amqp.Table) string {
	queue, err := channel.QueueDeclare("", false, true, true, false, arguments)
	check(err)
	return queue.Name
}

func publish(channel *amqp.Channel, key string, bodies ...string) {
	for _, body := range bodies {
		check(channel.Publish("", key, false, false, amqp.Publishing{Body: []byte(body)}))
	}
}

func consume(channel *amqp.Channel, queue string, isAuto bool) <-chan amqp.Delivery {
	deliveries, err := channel.Consume(queue, "", isAuto, false, false, false, nil)
	check(err)
	return deliveries
}

func shown(delivery amqp.Delivery) string {
	if delivery.Redelivered {
		return string(delivery.Body) + " again"
	}
	return string(delivery.Body)
}

func count(channel *amqp.Channel, queue string) int {
	found, err := channel.QueueInspect(queue)
	check(err)
	return found.Messages
}

func confirms(connection *amqp.Connection) facts {
	channel := channelOf(connection)
	queue := queueOf(channel, nil)
	returns := channel.NotifyReturn(make(chan amqp.Return, 1))
	confirmed := channel.NotifyPublish(make(chan amqp.Confirmation, 200))
	check(channel.Confirm(false))
	for number := 0; number < 100; number++ {
		publish(channel, queue, fmt.Sprint(number))
	}
	tags := []uint64{}
	for number := 0; number < 100; number++ {
		each, _ := next(confirmed)
		if each.Ack {
			tags = append(tags, each.DeliveryTag)
		}
	}
	check(channel.Publish("", "nowhere", true, false, amqp.Publishing{Body: []byte("lost?")}))
	returned, _ := next(returns)
	lost, _ := next(confirmed)
	full := queueOf(channel, amqp.Table{"x-max-length": 1, "x-overflow": "reject-publish"})
	publish(channel, full, "1", "2")
	first, _ := next(confirmed)
	second, _ := next(confirmed)
	return facts{
		"first tag": tags[0], "last tag": tags[len(tags)-1], "acks": len(tags), "messages": count(channel, queue),
		"returned": []any{returned.ReplyCode, returned.ReplyText, string(returned.Body)},
		"lost":     lost.Ack, "first": first.Ack, "second": second.Ack,
	}
}

func settling(connection *amqp.Connection) facts {
	channel := channelOf(connection)
	queue := queueOf(channel, nil)
	publish(channel, queue, "1", "2", "3", "4")
	check(channel.Qos(2, 0, false))
	deliveries := consume(channel, queue, false)
	one, _ := next(deliveries)
	two, _ := next(deliveries)
	waiting := count(channel, queue)
	check(one.Ack(false))
	three, _ := next(deliveries)
	check(three.Nack(true, true))
	again, _ := next(deliveries)
	too, _ := next(deliveries)
	check(again.Ack(false))
	check(too.Reject(false))
	last, _ := next(deliveries)
	check(last.Ack(false))
	return facts{
		"held": []string{shown(one), shown(two)}, "waiting": waiting, "then": shown(three),
		"rest": []string{shown(again), shown(too)}, "last": shown(last), "left": count(channel, queue),
	}
}

func refused(connection *amqp.Connection, ask func(*amqp.Channel) error) any {
	channel := channelOf(connection)
	closed := channel.NotifyClose(make(chan *amqp.Error, 1))
	err := ask(channel)
	if err == nil {
		found, _ := next(closed)
		return []any{found.Code, found.Reason, found.Server}
	}
	var found *amqp.Error
	if !errors.As(err, &found) {
		check(err)
	}
	return []any{found.Code, found.Reason, found.Server}
}

func errors_(connection *amqp.Connection) facts {
	good := channelOf(connection)
	name := fmt.Sprintf("go-%d", os.Getpid())
	_, err := good.QueueDeclare(name, false, true, true, false, nil)
	check(err)
	said := facts{
		"no queue": refused(connection, func(channel *amqp.Channel) error {
			_, err := channel.QueueDeclarePassive("nowhere", false, false, false, false, nil)
			return err
		}),
		"other options": refused(connection, func(channel *amqp.Channel) error {
			_, err := channel.QueueDeclare(name, false, false, true, false, nil)
			return err
		}),
		"unknown tag": refused(connection, func(channel *amqp.Channel) error { return channel.Ack(9, false) }),
		"no exchange": refused(connection, func(channel *amqp.Channel) error {
			return channel.Publish("nowhere", "", false, false, amqp.Publishing{})
		}),
		"reserved": refused(connection, func(channel *amqp.Channel) error {
			return channel.ExchangeDeclare("amq.mine", "direct", false, true, false, false, nil)
		}),
		"goes on": count(good, name),
	}
	ended := connection.NotifyClose(make(chan *amqp.Error, 1))
	check(good.Publish("", name, false, true, amqp.Publishing{}))
	found, _ := next(ended)
	said["immediate"] = []any{found.Code, found.Reason, found.Server}
	return said
}

func cancelled(connection *amqp.Connection) facts {
	channel := channelOf(connection)
	queue := queueOf(channel, nil)
	cancels := channel.NotifyCancel(make(chan string, 1))
	deliveries, err := channel.Consume(queue, "mine", true, false, false, false, nil)
	check(err)
	_, err = channelOf(connection).QueueDelete(queue, false, false, false)
	check(err)
	tag, _ := next(cancels)
	_, isOpen := next(deliveries)
	return facts{"tag": tag, "more to come": isOpen, "channel goes on": count(channel, queueOf(channel, nil)) == 0}
}

func transactions(connection *amqp.Connection) facts {
	channel := channelOf(connection)
	queue := queueOf(channel, nil)
	check(channel.Tx())
	publish(channel, queue, "kept")
	before := count(channel, queue)
	check(channel.TxCommit())
	committed := count(channel, queue)
	publish(channel, queue, "forgotten")
	check(channel.TxRollback())
	return facts{"before": before, "committed": committed, "left": count(channel, queue)}
}

func values(connection *amqp.Connection) facts {
	headers := amqp.Table{
		"text": "grün", "int8": int8(-1), "int16": int16(-300), "int32": int32(7), "int64": int64(1) << 40,
		"byte": byte(200), "flag": true, "double": 1.5, "float": float32(0.25),
		"decimal": amqp.Decimal{Scale: 2, Value: 1234}, "date": time.Unix(1_600_000_000, 0),
		"list": []any{int32(1), "two"}, "table": amqp.Table{"inner": int32(1)}, "bytes": []byte("\x00\xff"), "nothing": nil,
	}
	sent := amqp.Publishing{
		Headers: headers, ContentType: "text/plain", ContentEncoding: "gzip", DeliveryMode: amqp.Persistent, Priority: 3,
		CorrelationId: "c", ReplyTo: "r", Expiration: "60000", MessageId: "m", Timestamp: time.Unix(1_600_000_000, 0),
		Type: "t", UserId: "guest", AppId: "app", Body: []byte("x"),
	}
	channel := channelOf(connection)
	queue := queueOf(channel, nil)
	check(channel.Publish("", queue, false, false, sent))
	got, isThere, err := channel.Get(queue, true)
	check(err)
	said := facts{"is there": isThere}
	for name, value := range headers {
		said["header "+name] = fmt.Sprintf("%T %v", got.Headers[name], got.Headers[name]) == fmt.Sprintf("%T %v", value, value)
	}
	back := amqp.Publishing{
		ContentType: got.ContentType, ContentEncoding: got.ContentEncoding, DeliveryMode: got.DeliveryMode,
		Priority: got.Priority, CorrelationId: got.CorrelationId, ReplyTo: got.ReplyTo, Expiration: got.Expiration,
		MessageId: got.MessageId, Timestamp: got.Timestamp, Type: got.Type, UserId: got.UserId, AppId: got.AppId, Body: got.Body,
	}
	sent.Headers = nil
	said["properties"] = fmt.Sprint(back) == fmt.Sprint(sent)
	return said
}

// Waits until it is hung up on, and tells what it heard.
func kicked(connection *amqp.Connection) facts {
	ended := connection.NotifyClose(make(chan *amqp.Error, 1))
	channel := channelOf(connection)
	deliveries := consume(channel, queueOf(channel, nil), true)
	fmt.Println("ready")
	_, err := bufio.NewReader(os.Stdin).ReadString('\n')
	check(err)
	found, _ := next(ended)
	_, isOpen := next(deliveries)
	return facts{"why": []any{found.Code, found.Reason, found.Server, found.Recover}, "more to come": isOpen}
}

func main() {
	stories := map[string]func(*amqp.Connection) facts{
		"confirms": confirms, "settling": settling, "errors": errors_, "cancelled": cancelled,
		"transactions": transactions, "values": values, "kicked": kicked,
	}
	config := amqp.Config{Properties: amqp.Table{"connection_name": "go " + os.Args[1]}}
	connection, err := amqp.DialConfig(os.Getenv("AMQP_URL"), config)
	check(err)
	said, err := json.Marshal(stories[os.Args[1]](connection))
	check(err)
	if !connection.IsClosed() {
		check(connection.Close())
	}
	fmt.Println(string(said))
}
