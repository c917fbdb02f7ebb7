package org.backpropaganda.autograd.graph;

import static java.util.Objects.requireNonNull;
import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * The ops that compute a value from what the tape keeps: each once, in an order in which they can run, however many paths lead
 * through it and however long they are.
 */
final class Derivation {
    /**
     * One op.
     *
     * @param inputs numbers of earlier steps, or {@link #source} of sources
     * @param depth how many ops have run one after another when it has
     */
    private record Step(Op op, TensorSpec spec, String path, List<Integer> inputs, int depth) {}

    private final List<SavedTensor> sources = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    private Derivation() {}

    private static int source(int number) {
        return -1 - number;
    }

    /** How to compute a value, or null where it comes from what is neither kept nor made by an op of the tape. */
    static @Nullable Derivation of(Provenance value) {
        Derivation derivation = new Derivation();
        IdentityHashMap<Provenance, Integer> numbers = new IdentityHashMap<>();
        Deque<Provenance> open = new ArrayDeque<>();
        open.push(value);
        while (!open.isEmpty()) {
            Provenance next = open.peek();
            if (numbers.containsKey(next)) {
                open.pop();
                continue;
            }
            SavedTensor saved = next == value ? null : next.saved();
            if (saved != null) {
                numbers.put(next, source(derivation.sources.size()));
                derivation.sources.add(saved);
                continue;
            }
            Op op = next.op();
            if (op == null) {
                return null;
            }
            if (!derivation.openInputs(next, numbers, open)) {
                return null;
            }
            if (open.peek() == next) {
                numbers.put(next, derivation.steps.size());
                derivation.add(op, next, numbers);
            }
        }
        return derivation;
    }

    /** Opens the inputs that have no number yet; false where one comes from nowhere. */
    private boolean openInputs(Provenance made, IdentityHashMap<Provenance, Integer> numbers, Deque<Provenance> open) {
        List<@Nullable Provenance> inputs = made.inputs();
        for (int i = inputs.size() - 1; i >= 0; i--) {
            Provenance input = inputs.get(i);
            if (input == null) {
                return false;
            }
            if (!numbers.containsKey(input)) {
                open.push(input);
            }
        }
        return true;
    }

    private void add(Op op, Provenance made, IdentityHashMap<Provenance, Integer> numbers) {
        List<Integer> inputs = made.inputs().stream()
                .map(input -> requireNonNull(numbers.get(input)))
                .toList();
        int depth = inputs.stream()
                .mapToInt(input -> input < 0 ? 0 : steps.get(input).depth())
                .max()
                .orElse(0);
        steps.add(new Step(op, made.spec(), made.path(), inputs, depth + 1));
    }

    /** How many ops have to run one after another. */
    int depth() {
        return steps.get(steps.size() - 1).depth();
    }

    /** Holds the sources. */
    Recipe.Held hold() {
        List<SavedTensor> joined = sources.stream()
                .map(source -> source.isParameter() ? source : source.joined())
                .toList();
        return new Holding(joined);
    }

    private final class Holding implements Recipe.Held {
        private final List<SavedTensor> held;

        Holding(List<SavedTensor> held) {
            this.held = held;
        }

        @Override
        public List<SavedTensorCodec.Packed> sources() {
            List<SavedTensorCodec.Packed> packed = new ArrayList<>();
            for (SavedTensor saved : held) {
                if (!saved.isParameter()) {
                    packed.add(saved.packed());
                }
            }
            return packed;
        }

        @Override
        public Recipe.Cost cost() {
            long multiplyAdds = 0;
            long bytes = 0;
            for (Step step : steps) {
                if (step.op().isView()) {
                    continue;
                }
                Operands operands = operands(step);
                multiplyAdds += step.op().multiplyAdds(operands, step.spec());
                bytes += step.spec().bytes()
                        + operands.specs().stream().mapToLong(TensorSpec::bytes).sum();
            }
            return new Recipe.Cost(steps.size(), multiplyAdds, bytes);
        }

        private Operands operands(Step step) {
            List<TensorSpec> specs = step.inputs().stream()
                    .map(input -> input < 0
                            ? held.get(source(input)).spec()
                            : steps.get(input).spec())
                    .toList();
            return new Operands(specs, Collections.nCopies(specs.size(), false));
        }

        @Override
        public Tensor make(TensorScope scope) {
            try (TensorScope own = scope.child()) {
                return LEDGER.adopt(scope, new Computation(held, own).run());
            }
        }

        @Override
        public void release() {
            held.forEach(SavedTensor::discard);
        }
    }

    /** The steps, running: each value is there from when it is made, or first read, until it was read for the last time. */
    private final class Computation {
        private final List<SavedTensor> held;
        private final TensorScope scope;
        private final Map<Integer, Tensor> values = new HashMap<>();
        private final Map<Integer, Integer> lastReaders = new HashMap<>();

        Computation(List<SavedTensor> held, TensorScope scope) {
            this.held = held;
            this.scope = scope;
            for (int i = 0; i < steps.size(); i++) {
                for (int input : steps.get(i).inputs()) {
                    lastReaders.put(input, i);
                }
            }
        }

        Tensor run() {
            Tensor made = null;
            for (int i = 0; i < steps.size(); i++) {
                Step step = steps.get(i);
                List<Tensor> inputs = step.inputs().stream().map(this::value).toList();
                made = OpComputation.again(step.op(), inputs, step.spec(), LEDGER.childAt(scope, step.path()));
                values.put(i, made);
                letGo(i);
            }
            return requireNonNull(made);
        }

        private Tensor value(int number) {
            return values.computeIfAbsent(number, n -> held.get(source(n)).look(scope));
        }

        private void letGo(int step) {
            for (int input : steps.get(step).inputs()) {
                Integer last = lastReaders.get(input);
                Tensor read = last != null && last == step ? values.remove(input) : null;
                if (read != null && (input >= 0 || !held.get(source(input)).isParameter())) {
                    read.close();
                }
            }
        }
    }
}
