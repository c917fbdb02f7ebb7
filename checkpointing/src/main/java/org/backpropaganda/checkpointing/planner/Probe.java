package org.backpropaganda.checkpointing.planner;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.graph.Callee;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes and times of a step apart by blocks. What follows the last block, as the loss, is one more. Live bytes are read
 * where one block ends and the next begins, and the highest in between.
 */
final class Probe extends TimeCount implements ShapeStep.Watcher {
    /**
     * What one block did in its place.
     *
     * @param input,output bytes of the tensors in front of it and behind it
     * @param inputHeld whether what came before it holds its input
     * @param leasesInput,leasesOutput whether it keeps them for backward
     * @param forward,backward times
     * @param kept bytes that it left live, its output included, less its input where that has gone
     * @param forwardRise the highest live bytes in forward above those in front of it
     * @param backwardRise the highest live bytes in backward above those in front of it, where the gradient of its output lies
     */
    record Figures(
            long input,
            long output,
            boolean inputHeld,
            boolean leasesInput,
            boolean leasesOutput,
            long forward,
            long backward,
            long kept,
            long forwardRise,
            long backwardRise) {}

    private final List<List<Module>> modules;
    private final int blocks;
    private final long[] bytes;
    private final long[] live;
    private final int[] nodes;
    private final long[] forwardPeak;
    private final long[] forwardTime;
    private final boolean[] leasesInput;
    private final boolean[] leasesOutput;
    private final long[] backwardRise;
    private final long[] backwardTime;
    private final Deque<Callee> running = new ArrayDeque<>();
    private final Set<Object> kept = new HashSet<>();
    private final Map<String, Integer> blockOfPath = new HashMap<>();
    private Set<Object> inputIds = Set.of();
    private List<Variable> inputs = List.of();
    private List<Variable> results = List.of();
    private int current = -1;
    private int depth;
    private boolean inside;
    private boolean turned;
    private int goingBack = -1;
    private long mark;
    private long timeMark;
    private long highest;
    private long peak;
    private int atPeak = -1;
    private int replayed = -1;
    private @Nullable Tape tape;
    private @Nullable MemoryLedger ledger;

    /**
     * Of a model.
     *
     * @param modules that are called for each block, one after another
     */
    Probe(CostModel costs, List<List<Module>> modules) {
        super(costs);
        this.modules = modules;
        this.blocks = modules.size();
        this.bytes = new long[blocks + 2];
        this.live = new long[blocks + 2];
        this.nodes = new int[blocks + 2];
        this.forwardPeak = new long[blocks + 1];
        this.forwardTime = new long[blocks + 1];
        this.leasesInput = new boolean[blocks + 1];
        this.leasesOutput = new boolean[blocks + 1];
        this.backwardRise = new long[blocks + 1];
        this.backwardTime = new long[blocks + 1];
    }

    private Tape tape() {
        return java.util.Objects.requireNonNull(tape);
    }

    private MemoryLedger ledger() {
        return java.util.Objects.requireNonNull(ledger);
    }

    @Override
    public void begins(Tape outermost, Engine engine, List<Variable> batch) {
        tape = outermost;
        ledger = engine.ledger();
        ledger.listen((event, kind, path, delta, all) -> changed(all.liveBytes()));
        results = batch;
    }

    private void changed(long bytes) {
        highest = Math.max(highest, bytes);
        if (bytes > peak) {
            peak = bytes;
            atPeak = running();
        }
    }

    /** The block that runs, forward or back or again; -1 in front of them all. */
    private int running() {
        return replayed >= 0 ? replayed : turned ? goingBack : current;
    }

    /** The highest live bytes. */
    long peakBytes() {
        return peak;
    }

    /** The block that ran when that was first reached. */
    int blockAtPeak() {
        return atPeak;
    }

    @Override
    public void entered(Callee callee, String path, boolean replay) {
        running.push(callee);
        if (turned) {
            for (int i = 0; i < blocks; i++) {
                if (modules.get(i).contains(callee)) {
                    replayed = i;
                    blockOfPath.put(path, i);
                }
            }
        }
        if (turned || replay || inside) {
            return;
        }
        if (current + 1 < blocks && callee == modules.get(current + 1).get(0)) {
            next();
            depth = running.size();
        }
        inside = current >= 0 && running.size() == depth && modules.get(current).contains(callee);
    }

    /** The block ends that runs, and the one behind it begins. */
    private void next() {
        if (current >= 0) {
            endForward();
        }
        current++;
        inputs = results;
        inputIds = new HashSet<>();
        long input = 0;
        for (Variable variable : inputs) {
            boolean counts =
                    !variable.isAlive() || inputIds.add(variable.value().identity());
            input += counts ? variable.spec().bytes() : 0;
        }
        bytes[current] = input;
        if (current > 0) {
            leasesOutput[current - 1] = isHeld(inputs);
        }
        kept.clear();
        live[current] = ledger().liveBytes();
        nodes[current] = tape().recorded();
        highest = live[current];
        timeMark = time();
    }

    private static boolean isHeld(List<Variable> variables) {
        return variables.stream()
                .anyMatch(variable -> variable.isAlive() && !variable.value().isExclusive());
    }

    private void endForward() {
        forwardPeak[current] = highest;
        forwardTime[current] = time() - timeMark;
        leasesInput[current] |= inputIds.stream().anyMatch(kept::contains);
    }

    @Override
    public void returned(String path, List<Variable> returned) {
        if (inside && !turned && running.size() == depth) {
            leasesInput[current] |= !isHeldBefore() && isHeld(inputs);
            results = returned;
            inside = false;
        }
        running.pop();
    }

    @Override
    public void abandoned(String path) {
        super.abandoned(path);
        inside &= running.size() != depth;
        running.pop();
    }

    private boolean isHeldBefore() {
        return current == 0 || leasesOutput[current - 1];
    }

    @Override
    public void saved(Saving saving, SavedTensorCodec codec, long grown) {
        super.saved(saving, codec, grown);
        if (codec.equals(SavedTensorCodec.keep())) {
            kept.add(saving.tensor().identity());
        }
    }

    @Override
    public void computed(List<Variable> computed) {
        results = computed;
        depth = -1;
        next();
    }

    @Override
    public void turns(long endBytes) {
        endForward();
        turned = true;
        current++;
        live[current] = ledger().liveBytes();
        nodes[current] = tape().recorded();
        bytes[current] = endBytes;
    }

    @Override
    public void goesBack(Tape of, int number) {
        if (of != tape || !turned) {
            return;
        }
        replayed = -1;
        int block = Arrays.binarySearch(nodes, 0, blocks + 2, number);
        block = block < 0 ? -block - 2 : lastAt(block, number);
        if (block != goingBack) {
            endBackward();
            goingBack = block;
            mark = ledger().liveBytes();
            highest = mark;
            timeMark = time();
        }
    }

    /** What was computed again is differentiated block by block too, and tells where it is by its path alone. */
    @Override
    public void differentiated(Op op, Operands inputs, TensorSpec output, String path) {
        super.differentiated(op, inputs, output, path);
        if (replayed >= 0) {
            replayed = blockAround(path);
        }
    }

    private int blockAround(String path) {
        String around = path;
        while (!blockOfPath.containsKey(around) && !around.isEmpty()) {
            around = around.substring(0, Math.max(0, around.lastIndexOf('.')));
        }
        return blockOfPath.getOrDefault(around, replayed);
    }

    /** Of blocks that begin at the same node, all but the last recorded nothing. */
    private int lastAt(int block, int number) {
        int last = block;
        while (last + 1 <= blocks && nodes[last + 1] == number) {
            last++;
        }
        return last;
    }

    private void endBackward() {
        if (goingBack >= 0) {
            backwardRise[goingBack] = highest - mark;
            backwardTime[goingBack] = time() - timeMark;
        }
    }

    /** The step has ended. */
    void ends() {
        endBackward();
        goingBack = -1;
        ledger().listen(null);
    }

    /**
     * What a block did.
     *
     * @param block the number of blocks for what follows them
     */
    Figures of(int block) {
        long output = bytes[block + 1];
        return new Figures(
                bytes[block],
                output,
                block == 0 || leasesOutput[block - 1],
                leasesInput[block],
                block < blocks && leasesOutput[block],
                forwardTime[block],
                backwardTime[block],
                live[block + 1] - live[block],
                forwardPeak[block] - live[block],
                backwardRise[block]);
    }
}
