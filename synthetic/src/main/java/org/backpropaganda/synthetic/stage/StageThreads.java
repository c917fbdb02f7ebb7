package org.backpropaganda.synthetic.stage;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Stages on threads of their own, over a number of batches. Under discipline a stage reads messages in the order of its twin's
 * turns, and waits for each: what it computes is what the twin does. Free, it takes what is there.
 */
final class StageThreads {
    private final StagePlan plan;
    private final List<Stage> stages;
    private final StageSource source;
    private final long batches;
    private final Threading threading;
    private final List<Inbox> inboxes = new ArrayList<>();
    private final List<StageClock> clocks = new ArrayList<>();
    private final List<Learnt> learnt = new ArrayList<>();
    private final AtomicReference<@Nullable StageFailure> failure = new AtomicReference<>();

    StageThreads(StagePlan plan, List<Stage> stages, StageSource source, long batches, Threading threading) {
        this.plan = plan;
        this.stages = stages;
        this.source = source;
        this.batches = batches;
        this.threading = threading;
        for (int k = 0; k < stages.size(); k++) {
            inboxes.add(new Inbox(threading.depth()));
            clocks.add(new StageClock());
        }
    }

    /**
     * Runs to the end.
     *
     * @throws StageFailure if a stage failed; all have ended then
     * @throws InterruptedException if this thread was interrupted; all have ended then
     */
    List<Learnt> run() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int k = 0; k < stages.size(); k++) {
            int number = k;
            Thread thread = new Thread(() -> run(number), "stage " + k);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
        try {
            join(threads);
        } finally {
            inboxes.forEach(Inbox::close);
        }
        StageFailure failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return learnt;
    }

    /** Waits for all; if this thread is interrupted, stops them first. */
    private void join(List<Thread> threads) throws InterruptedException {
        InterruptedException interrupted = null;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = e;
                    stop();
                }
            }
        }
        if (interrupted != null) {
            throw interrupted;
        }
    }

    private void stop() {
        inboxes.forEach(Inbox::stop);
    }

    private void run(int k) {
        try {
            clocks.get(k).begin();
            if (threading.isFree()) {
                freely(k);
            } else {
                inOrder(k);
            }
            clocks.get(k).end();
        } catch (Inbox.Stopped stopped) {
            stop();
        } catch (Throwable e) {
            failure.compareAndSet(null, new StageFailure(k, e));
            stop();
        }
    }

    /** The turns of the twin: each batch's run, and behind it what is due of an earlier one. */
    private void inOrder(int k) {
        int delay = plan.delay(k);
        boolean isTaught = isTaught(k);
        long turns = isTaught ? batches + delay : batches;
        for (long n = 0; n < turns; n++) {
            if (n < batches) {
                forward(k, clocks.get(k).waiting(() -> next(k)));
            }
            if (isTaught && n >= delay) {
                backward(k, clocks.get(k).waiting(inboxes.get(k)::takeUp));
            }
        }
    }

    /** Whether anything comes to a stage from the one behind it. */
    private boolean isTaught(int k) {
        return k < stages.size() - 1 && !(plan.feedback(k) instanceof Feedback.Local);
    }

    private long taken;

    private Message next(int k) {
        return k == 0 ? requireNonNull(fromSource()) : inboxes.get(k).takeDown();
    }

    private @Nullable Message fromSource() {
        return taken < batches ? source.message(taken++) : null;
    }

    private void freely(int k) {
        Inbox inbox = inboxes.get(k);
        long run = 0;
        while (run < batches || (isTaught(k) && stages.get(k).waiting() > 0)) {
            Message gradient = inbox.pollUp();
            if (gradient != null) {
                backward(k, gradient);
                continue;
            }
            boolean mayRun = run < batches
                    && stages.get(k).waiting() < threading.depth() + plan.delay(k)
                    && (k == stages.size() - 1 || inboxes.get(k + 1).hasRoom());
            Message result = !mayRun ? null : k == 0 ? fromSource() : inbox.pollDown();
            if (result != null) {
                forward(k, result);
                run++;
            } else {
                clocks.get(k).waiting(() -> {
                    inbox.pauseIfEmpty(1);
                    return inbox;
                });
            }
        }
    }

    private void forward(int k, Message in) {
        long batch = in.batch();
        Stage.Sent sent = clocks.get(k).working(() -> stages.get(k).forward(in));
        if (sent.up() != null) {
            inboxes.get(k - 1).putUp(sent.up());
        }
        if (sent.down() != null) {
            Message down = sent.down();
            clocks.get(k).waiting(() -> {
                inboxes.get(k + 1).putDown(down);
                return down;
            });
        } else {
            learnt.add(new Learnt(batch, sent.loss()));
        }
    }

    private void backward(int k, Message in) {
        Message up = clocks.get(k)
                .working(() -> new Answer(stages.get(k).backward(in)))
                .message();
        if (up != null) {
            inboxes.get(k - 1).putUp(up);
        }
    }

    private record Answer(@Nullable Message message) {}

    /** What each stage did with its time. */
    List<StageFigures> figures() {
        List<StageFigures> all = new ArrayList<>();
        for (int k = 0; k < stages.size(); k++) {
            StageClock clock = clocks.get(k);
            Stage stage = stages.get(k);
            all.add(new StageFigures(
                    k,
                    clock.busyNanos(),
                    clock.waitingNanos(),
                    inboxes.get(k).deepest(),
                    stage.counts().updates(),
                    stage.counts().meanStaleness(),
                    stage.counts().mostStaleness(),
                    stage.predictorBytes()));
        }
        return all;
    }
}
