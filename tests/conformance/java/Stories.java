// What programs do with RabbitMQ's client for Java: each story prints what came of it, a fact a line.

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.Recoverable;
import com.rabbitmq.client.RecoveryListener;
import com.rabbitmq.client.RpcClient;
import com.rabbitmq.client.RpcServer;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

public class Stories {
    static final int WAIT_S = 20;

    interface Story {
        void tell(Connection connection) throws Exception;
    }

    public static void main(String[] args) throws Exception {
        Map<String, Story> stories = new HashMap<>();
        stories.put("confirms", Stories::confirms);
        stories.put("settling", Stories::settling);
        stories.put("errors", Stories::errors);
        stories.put("cancelled", Stories::cancelled);
        stories.put("calls", Stories::calls);
        stories.put("transactions", Stories::transactions);
        stories.put("values", Stories::values);
        stories.put("recovery", Stories::recovery);
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(System.getenv("AMQP_URL"));
        factory.setNetworkRecoveryInterval(100);
        try {
            Connection connection = factory.newConnection("java " + args[0]);
            stories.get(args[0]).tell(connection);
            if (connection.isOpen()) connection.close();
        } catch (Exception failure) {
            failure.printStackTrace();
            System.exit(1);
        }
        System.exit(0);  // whatever would connect again
    }

    static void say(String fact, Object value) {
        System.out.println(fact + "=" + value);
        System.out.flush();
    }

    static byte[] bytes(String text) {
        return text.getBytes();
    }

    // A consumer that puts what it hears into a queue of Java's.
    static class Listener extends DefaultConsumer {
        final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        final List<Long> tags = new ArrayList<>();

        Listener(Channel channel) {
            super(channel);
        }

        @Override
        public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
            tags.add(envelope.getDeliveryTag());
            heard.add(new String(body) + (envelope.isRedeliver() ? " again" : ""));
        }

        @Override
        public void handleCancel(String tag) {
            heard.add("cancelled");
        }

        String next() throws InterruptedException {
            return heard.poll(WAIT_S, TimeUnit.SECONDS);
        }

        List<String> next(int count) throws InterruptedException {
            List<String> found = new ArrayList<>();
            for (int number = 0; number < count; number++) found.add(next());
            return found;
        }
    }

    static void confirms(Connection connection) throws Exception {
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        BlockingQueue<String> returned = new LinkedBlockingQueue<>();
        channel.addReturnListener((code, text, exchange, key, properties, body) ->
            returned.add(code + " " + text + " " + new String(body)));
        channel.confirmSelect();
        for (int number = 0; number < 100; number++) channel.basicPublish("", queue, null, bytes("" + number));
        channel.waitForConfirmsOrDie(WAIT_S * 1000);
        say("messages", channel.messageCount(queue));
        channel.basicPublish("", "nowhere", true, null, bytes("lost?"));
        say("confirmed", channel.waitForConfirms(WAIT_S * 1000));
        say("returned", returned.poll());
        Map<String, Object> arguments = new HashMap<>();
        arguments.put("x-max-length", 1);
        arguments.put("x-overflow", "reject-publish");
        String full = channel.queueDeclare("", false, true, true, arguments).getQueue();
        channel.basicPublish("", full, null, bytes("1"));
        say("first", channel.waitForConfirms(WAIT_S * 1000));
        channel.basicPublish("", full, null, bytes("2"));
        say("second", channel.waitForConfirms(WAIT_S * 1000));
    }

    static void settling(Connection connection) throws Exception {
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        for (int number = 1; number <= 4; number++) channel.basicPublish("", queue, null, bytes("" + number));
        channel.basicQos(2);
        Listener listener = new Listener(channel);
        channel.basicConsume(queue, false, listener);
        say("held", listener.next(2));
        say("waiting", channel.messageCount(queue));
        channel.basicAck(1, false);
        say("then", listener.next());
        channel.basicNack(3, true, true);
        say("rest", listener.next(2));
        channel.basicReject(5, false);
        channel.basicAck(4, false);
        say("last", listener.next());
        say("left", channel.messageCount(queue));
    }

    // What a refusal says: its code, its text, and whether it was the connection's.
    static String refusal(Exception error) {
        Throwable cause = error instanceof ShutdownSignalException ? error : error.getCause();
        ShutdownSignalException signal = (ShutdownSignalException) cause;
        Method reason = (Method) signal.getReason();
        if (reason instanceof AMQP.Channel.Close) {
            AMQP.Channel.Close close = (AMQP.Channel.Close) reason;
            return close.getReplyCode() + " " + close.getClassId() + "/" + close.getMethodId() + " channel "
                + close.getReplyText();
        }
        AMQP.Connection.Close close = (AMQP.Connection.Close) reason;
        return close.getReplyCode() + " " + close.getClassId() + "/" + close.getMethodId() + " connection "
            + close.getReplyText();
    }

    interface Try {
        void on(Channel channel) throws IOException;
    }

    static void refused(Connection connection, String what, Try doing) throws Exception {
        Channel channel = connection.createChannel();
        try {
            doing.on(channel);
            channel.queueDeclare();
            say(what, "not refused");
        } catch (IOException | AlreadyClosedException error) {
            say(what, refusal(error));
        }
    }

    static void errors(Connection connection) throws Exception {
        Channel good = connection.createChannel();
        String queue = "java-" + ProcessHandle.current().pid();
        good.queueDeclare(queue, false, true, true, null);
        refused(connection, "no queue", channel -> channel.queueDeclarePassive("nowhere"));
        refused(connection, "other options", channel -> channel.queueDeclare(queue, false, true, false, null));
        refused(connection, "reserved", channel -> channel.exchangeDeclare("amq.mine", "direct"));
        refused(connection, "unknown tag", channel -> channel.basicAck(9, false));
        refused(connection, "no exchange", channel -> channel.basicPublish("nowhere", "", null, bytes("")));
        refused(connection, "bad expiration", channel -> channel.basicPublish("", queue,
            new AMQP.BasicProperties.Builder().expiration("soon").build(), bytes("")));
        say("goes on", good.queueDeclarePassive(queue).getMessageCount());
        good.basicConsume(queue, true, "t", new Listener(good));
        refused(connection, "immediate", channel ->
            channel.basicPublish("", queue, false, true, null, bytes("")));
    }

    static void cancelled(Connection connection) throws Exception {
        Channel channel = connection.createChannel();
        Channel other = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        Listener listener = new Listener(channel);
        channel.basicConsume(queue, true, listener);
        other.queueDelete(queue);
        say("heard", listener.next());
        say("open", channel.isOpen());
    }

    static void calls(Connection connection) throws Exception {
        Channel serving = connection.createChannel();
        String queue = serving.queueDeclare().getQueue();
        RpcServer server = new RpcServer(serving, queue) {
            @Override
            public byte[] handleCall(byte[] asked, AMQP.BasicProperties properties) {
                return bytes(new String(asked).toUpperCase());
            }
        };
        Thread thread = new Thread(() -> {
            try {
                server.mainloop();
            } catch (IOException ended) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        RpcClient client = new RpcClient(connection.createChannel(), "", queue, WAIT_S * 1000);
        say("one", client.stringCall("one"));
        say("two", client.stringCall("two"));
        client.close();
        server.terminateMainloop();
        thread.join(WAIT_S * 1000);
    }

    static void transactions(Connection connection) throws Exception {
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        channel.txSelect();
        channel.basicPublish("", queue, MessageProperties.PERSISTENT_TEXT_PLAIN, bytes("kept"));
        say("before", channel.messageCount(queue));
        channel.txCommit();
        say("committed", channel.messageCount(queue));
        channel.basicPublish("", queue, null, bytes("forgotten"));
        GetResponse got = channel.basicGet(queue, false);
        channel.basicAck(got.getEnvelope().getDeliveryTag(), false);
        channel.txRollback();
        channel.basicAck(got.getEnvelope().getDeliveryTag(), false);
        channel.txCommit();
        say("left", channel.messageCount(queue));
    }

    static void values(Connection connection) throws Exception {
        Map<String, Object> headers = new TreeMap<>();
        headers.put("text", "grün");
        headers.put("int", 7);
        headers.put("long", 1L << 40);
        headers.put("short", (short) -3);
        headers.put("byte", (byte) -1);
        headers.put("flag", true);
        headers.put("double", 1.5);
        headers.put("float", 0.25f);
        headers.put("decimal", new BigDecimal("12.34"));
        headers.put("date", new Date(1_600_000_000_000L));
        headers.put("list", Arrays.asList(1, "two"));
        headers.put("nothing", null);
        AMQP.BasicProperties sent = new AMQP.BasicProperties.Builder()
            .appId("app").clusterId("cluster").contentEncoding("gzip").contentType("text/plain")
            .correlationId("c").deliveryMode(2).expiration("60000").messageId("m").priority(3)
            .replyTo("r").timestamp(new Date(1_600_000_000_000L)).type("t").userId("guest").headers(headers).build();
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        channel.basicPublish("", queue, sent, bytes("x"));
        AMQP.BasicProperties got = channel.basicGet(queue, true).getProps();
        for (Map.Entry<String, Object> each : headers.entrySet()) {
            Object value = got.getHeaders().get(each.getKey());
            Object shown = each.getValue() instanceof String ? value.toString() : value;
            if (each.getKey().equals("list")) shown = Arrays.asList(((List<?>) value).get(0),
                ((List<?>) value).get(1).toString());
            say("header " + each.getKey(), each.getValue() == null ? shown == null : each.getValue().equals(shown));
        }
        say("properties", bare(got).equals(bare(sent)));
    }

    static String bare(AMQP.BasicProperties properties) {
        return properties.builder().headers(null).build().toString();
    }

    // Waits until it is hung up on, and goes on as if nothing had been.
    static void recovery(Connection connection) throws Exception {
        CountDownLatch recovered = new CountDownLatch(1);
        ((Recoverable) connection).addRecoveryListener(new RecoveryListener() {
            @Override
            public void handleRecovery(Recoverable recoverable) {
                recovered.countDown();
            }

            @Override
            public void handleRecoveryStarted(Recoverable recoverable) {
            }
        });
        BlockingQueue<String> reasons = new LinkedBlockingQueue<>();
        connection.addShutdownListener(signal -> reasons.add(refusal(signal)));
        Channel channel = connection.createChannel();
        channel.exchangeDeclare("java.recovery", "topic", false, true, null);
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind(queue, "java.recovery", "a.*");
        Listener listener = new Listener(channel);
        channel.basicConsume(queue, true, listener);
        channel.basicPublish("java.recovery", "a.b", null, bytes("before"));
        say("heard", listener.next());
        say("kick", "now");
        say("why", reasons.poll(WAIT_S, TimeUnit.SECONDS));
        say("recovered", recovered.await(WAIT_S, TimeUnit.SECONDS));
        channel.basicPublish("java.recovery", "a.c", null, bytes("after"));
        say("heard again", listener.next());
    }
}
