package org.backpropaganda.synthetic.stage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Stages that take turns on one thread, tick by tick, in place of threads of their own. In a tick every stage runs at most one
 * batch and learns from at most one.
 */
final class Twin implements AutoCloseable {
    private final StagePlan plan;
    private final List<Stage> stages;
    private final Asynchrony asynchrony;
    private final List<Deque<Letter>> down = new ArrayList<>();
    private final List<Deque<Letter>> up = new ArrayList<>();
    private long now;

    /** A message that is to be read at some tick. */
    private record Letter(Message message, long due) {}

    Twin(StagePlan plan, List<Stage> stages, Asynchrony asynchrony) {
        this.plan = plan;
        this.stages = stages;
        this.asynchrony = asynchrony;
        for (int k = 0; k < stages.size(); k++) {
            down.add(new ArrayDeque<>());
            up.add(new ArrayDeque<>());
        }
    }

    /** Hands a batch to the first stage; it makes as many ticks as pass until that one takes it. */
    List<Learnt> take(Message batch) {
        down.get(0).add(new Letter(batch, now));
        List<Learnt> learnt = new ArrayList<>();
        do {
            tick(learnt);
        } while (!down.get(0).isEmpty());
        return learnt;
    }

    /** Ticks until nothing is under way and no stage waits. */
    List<Learnt> drain() {
        List<Learnt> learnt = new ArrayList<>();
        while (isBusy()) {
            tick(learnt);
        }
        return learnt;
    }

    private boolean isBusy() {
        return down.stream().anyMatch(queue -> !queue.isEmpty()) || up.stream().anyMatch(queue -> !queue.isEmpty());
    }

    private void tick(List<Learnt> learnt) {
        for (int k = 0; k < stages.size(); k++) {
            boolean room = k == stages.size() - 1 || down.get(k + 1).size() < asynchrony.depth();
            Message in = room ? due(down.get(k)) : null;
            if (in != null) {
                long batch = in.batch();
                Stage.Sent sent = stages.get(k).forward(in);
                send(down, k + 1, sent.down(), plan.rule().forwardTicks());
                send(up, k - 1, sent.up(), plan.rule().backwardTicks());
                if (k == stages.size() - 1) {
                    learnt.add(new Learnt(batch, sent.loss()));
                }
            }
        }
        for (int k = stages.size() - 1; k >= 0; k--) {
            Message in = due(up.get(k));
            if (in != null) {
                send(up, k - 1, stages.get(k).backward(in), plan.rule().backwardTicks());
            }
        }
        now++;
    }

    private @Nullable Message due(Deque<Letter> queue) {
        Letter first = queue.peek();
        return first == null || first.due() > now ? null : queue.remove().message();
    }

    private void send(List<Deque<Letter>> queues, int to, @Nullable Message message, int ticks) {
        if (message != null) {
            int way = queues == down ? to : -1 - to;
            queues.get(to).add(new Letter(message, now + ticks + asynchrony.late(way, message.batch())));
        }
    }

    /** Packs up what is under way; it stays. */
    void pack(Luggage luggage) {
        luggage.put("now", now);
        for (int k = 0; k < stages.size(); k++) {
            pack(luggage.at("down").at(k), down.get(k));
            pack(luggage.at("up").at(k), up.get(k));
        }
    }

    private static void pack(Luggage luggage, Deque<Letter> queue) {
        long[] due = new long[queue.size() + 1];
        due[0] = queue.size();
        int number = 0;
        for (Letter letter : queue) {
            letter.message().pack(luggage.at(number++));
            due[number] = letter.due();
        }
        luggage.put("due", due);
    }

    /** Goes on where another twin was packed up. */
    void unpack(Luggage luggage, TensorScope mail) {
        now = luggage.numbers("now")[0];
        for (int k = 0; k < stages.size(); k++) {
            unpack(luggage.at("down").at(k), down.get(k), mail);
            unpack(luggage.at("up").at(k), up.get(k), mail);
        }
    }

    private static void unpack(Luggage luggage, Deque<Letter> queue, TensorScope mail) {
        long[] due = luggage.numbers("due");
        for (int i = 0; i < due[0]; i++) {
            queue.add(new Letter(Message.unpack(luggage.at(i), mail), due[i + 1]));
        }
    }

    @Override
    public void close() {
        down.forEach(queue -> queue.forEach(letter -> letter.message().close()));
        up.forEach(queue -> queue.forEach(letter -> letter.message().close()));
        down.forEach(Deque::clear);
        up.forEach(Deque::clear);
    }
}
