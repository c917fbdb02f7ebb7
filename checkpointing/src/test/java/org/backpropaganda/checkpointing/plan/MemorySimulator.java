package org.backpropaganda.checkpointing.plan;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.backpropaganda.autograd.technique.BlockOption;

/**
 * Executes a plan on tensors that are nothing but bytes with a count of their holders: allocates, holds and releases in the order
 * of a training step, and looks at all that is live whenever something changes. It knows no needs of steps.
 */
final class MemorySimulator {
    private final BlockChain chain;
    private long live;
    private long peak;
    private long time;

    /** Live as long as somebody holds it. */
    private final class Bytes {
        private final long count;
        private int holders = 1;

        Bytes(long count) {
            this.count = count;
            live += count;
        }

        Bytes hold() {
            holders++;
            return this;
        }

        void release() {
            if (holders-- == 1) {
                live -= count;
            }
        }
    }

    /** What forward left for backward. */
    private interface Left {
        /** Takes the gradient of the output, and gives that of the input. */
        Bytes backward(Bytes gradient);
    }

    private MemorySimulator(BlockChain chain) {
        this.chain = chain;
    }

    /**
     * What a plan takes.
     *
     * @param peak the most bytes that are live at once
     */
    record Taken(long peak, long time) {}

    static Taken run(BlockChain chain, List<PlanStep> plan) {
        MemorySimulator simulator = new MemorySimulator(chain);
        simulator.step(plan);
        return new Taken(Math.max(simulator.peak, chain.floor()), simulator.time);
    }

    private void step(List<PlanStep> plan) {
        Bytes input = new Bytes(chain.inputHeld() ? 0 : boundary(0));
        Deque<Left> left = new ArrayDeque<>();
        Bytes output = forward(plan, input, left);
        Bytes gradient = new Bytes(boundary(chain.size()));
        look(0);
        output.release();
        backward(left, gradient).release();
        // Gradients of parameters outlive the step.
        long kept = chain.blocks().stream()
                .mapToLong(PlannedBlock::parameterGradients)
                .sum();
        if (live != kept) {
            throw new AssertionError("the simulator leaks: " + live + " bytes for " + kept);
        }
    }

    private Bytes forward(List<PlanStep> steps, Bytes input, Deque<Left> left) {
        Bytes x = input;
        for (PlanStep step : steps) {
            if (step instanceof PlanStep.Save save) {
                x = save(save, x, left);
            } else if (step instanceof PlanStep.Replay replay) {
                x = checkpoint(replay, x, left);
            } else {
                x = run((PlanStep.Reverse) step, x, left);
            }
        }
        return x;
    }

    private Bytes backward(Deque<Left> left, Bytes gradient) {
        Bytes g = gradient;
        while (!left.isEmpty()) {
            g = left.pop().backward(g);
        }
        return g;
    }

    private Bytes save(PlanStep.Save step, Bytes x, Deque<Left> left) {
        int i = step.block();
        BlockOption way = block(i).options().get(step.option());
        time += way.forward();
        look(0);
        Bytes y = new Bytes(boundary(i + 1));
        Bytes saved = new Bytes(way.saved());
        look(way.transientForward());
        Bytes heldInput = way.leasesInput() ? x.hold() : new Bytes(0);
        Bytes heldOutput = way.leasesOutput() ? y.hold() : new Bytes(0);
        x.release();
        look(0);
        left.push(gradient -> {
            time += way.backward();
            look(0);
            Bytes made = new Bytes(boundary(i));
            live += block(i).parameterGradients();
            look(way.transientBackward());
            List.of(gradient, saved, heldInput, heldOutput).forEach(Bytes::release);
            return made;
        });
        return y;
    }

    private Bytes checkpoint(PlanStep.Replay step, Bytes x, Deque<Left> left) {
        Bytes kept = x.hold();
        Bytes flow = x;
        for (int c = step.from(); c < step.to(); c++) {
            PlannedBlock.Replay replay = Objects.requireNonNull(block(c).replay());
            flow = through(flow, c, replay.forward(), replay.transientForward());
        }
        left.push(gradient -> {
            Deque<Left> again = new ArrayDeque<>();
            forward(step.steps(), kept, again).release();
            return backward(again, gradient);
        });
        return flow;
    }

    private Bytes run(PlanStep.Reverse step, Bytes x, Deque<Left> left) {
        Bytes flow = x;
        for (int c = step.from(); c < step.to(); c++) {
            PlannedBlock.Reversal reversal = reversal(c);
            flow = through(flow, c, reversal.forward(), reversal.transientForward());
        }
        Bytes output = flow.hold();
        left.push(gradient -> reverse(step, output, gradient));
        return flow;
    }

    private Bytes reverse(PlanStep.Reverse step, Bytes output, Bytes gradient) {
        Bytes state = output;
        Bytes g = gradient;
        for (int c = step.to() - 1; c >= step.from(); c--) {
            PlannedBlock.Reversal reversal = reversal(c);
            time += reversal.forward() + reversal.backward();
            look(0);
            // The input takes the place of the output.
            Bytes larger = new Bytes(Math.max(boundary(c), boundary(c + 1)));
            state.release();
            Bytes made = new Bytes(boundary(c));
            live += block(c).parameterGradients();
            look(reversal.transientBackward());
            g.release();
            state = new Bytes(boundary(c));
            larger.release();
            g = made;
        }
        state.release();
        return g;
    }

    private Bytes through(Bytes x, int c, long spent, long more) {
        time += spent;
        look(0);
        Bytes y = new Bytes(boundary(c + 1));
        look(more);
        x.release();
        look(0);
        return y;
    }

    private void look(long more) {
        peak = Math.max(peak, live + more);
    }

    private long boundary(int i) {
        return chain.boundaries().get(i);
    }

    private PlannedBlock block(int i) {
        return chain.blocks().get(i);
    }

    private PlannedBlock.Reversal reversal(int c) {
        return Objects.requireNonNull(block(c).reversal());
    }
}
