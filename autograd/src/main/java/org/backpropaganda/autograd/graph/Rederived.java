package org.backpropaganda.autograd.graph;

import static java.util.Objects.requireNonNull;
import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** A value that is computed step by step from what is kept; the last step's result is the value. */
final class Rederived implements Recipe.Held {

    /** One thing that is brought back, or made from what earlier steps gave. */
    sealed interface Step {}

    /** What is kept, held. */
    record BroughtBack(SavedTensor saved) implements Step {}

    /**
     * An op.
     *
     * @param inputs the steps that give them
     * @param recalled the steps that give the extras that the op recalls; none where it runs in full
     */
    record Applied(Provenance.Made made, TensorSpec spec, List<Integer> inputs, List<Integer> recalled)
            implements Step {
        /** Whether a step gives what this reads in one place alone. */
        boolean readsOnce(int step) {
            return Collections.frequency(inputs, step) == 1 && !recalled.contains(step);
        }
    }

    private final List<Step> steps;
    private final int depth;
    private final List<List<Integer>> lastReadBy = new ArrayList<>();

    Rederived(List<Step> steps, int depth) {
        this.steps = steps;
        this.depth = depth;
        int[] lastReader = new int[steps.size()];
        for (int i = 0; i < steps.size(); i++) {
            lastReadBy.add(new ArrayList<>());
            if (steps.get(i) instanceof Applied applied) {
                for (int input : applied.inputs()) {
                    lastReader[input] = i;
                }
                for (int input : applied.recalled()) {
                    lastReader[input] = i;
                }
            }
        }
        for (int i = 0; i < steps.size() - 1; i++) {
            lastReadBy.get(lastReader[i]).add(i);
        }
    }

    @Override
    public Tensor make(TensorScope scope) {
        try (TensorScope own = scope.child()) {
            @Nullable Tensor[] results = new Tensor[steps.size()];
            for (int i = 0; i < results.length; i++) {
                Step step = steps.get(i);
                results[i] = step instanceof Applied applied
                        ? run(i, applied, results, own)
                        : broughtBack(((BroughtBack) step).saved(), own);
                for (int done : lastReadBy.get(i)) {
                    Tensor result = results[done];
                    if (result != null) {
                        result.close();
                    }
                }
            }
            return LEDGER.adopt(scope, requireNonNull(results[results.length - 1]));
        }
    }

    private static Tensor broughtBack(SavedTensor saved, TensorScope scope) {
        Tensor tensor = saved.look(scope);
        return saved.isParameter() ? scope.share(tensor) : tensor;
    }

    private Tensor run(int number, Applied step, @Nullable Tensor[] results, TensorScope scope) {
        Op op = step.made().op();
        List<Tensor> values = given(step.inputs(), results);
        Tensor taken = null;
        int place = op.overwritesAgain();
        int overwritten = place < 0 ? -1 : step.inputs().get(place);
        if (overwritten >= 0
                && lastReadBy.get(number).contains(overwritten)
                && step.readsOnce(overwritten)
                && mayOverwrite(values.get(place), step.spec())) {
            taken = values.get(place);
            taken.written(op.name());
            results[overwritten] = null;
        }
        TensorScope booked = LEDGER.childAt(scope, step.made().path());
        Tensor result = OpComputation.again(op, values, given(step.recalled(), results), step.spec(), booked, taken);
        if (!op.isView()) {
            step.made()
                    .observer()
                    .applied(op, operands(step), step.spec(), step.made().path(), true);
        }
        return result;
    }

    private static boolean mayOverwrite(Tensor value, TensorSpec spec) {
        return value.isExclusive()
                && value.kind() == MemoryKind.TEMPORARY
                && value.spec().equals(spec);
    }

    private static List<Tensor> given(List<Integer> steps, @Nullable Tensor[] results) {
        return steps.stream().map(i -> requireNonNull(results[i])).toList();
    }

    private Operands operands(Applied step) {
        return Operands.constant(
                step.inputs().stream().map(i -> spec(steps.get(i))).toList());
    }

    private static TensorSpec spec(Step step) {
        return step instanceof Applied applied
                ? applied.spec()
                : ((BroughtBack) step).saved().spec();
    }

    @Override
    public void release() {
        for (Step step : steps) {
            if (step instanceof BroughtBack broughtBack) {
                broughtBack.saved().discard();
            }
        }
    }

    @Override
    public int depth() {
        return depth;
    }

    private List<Applied> computed() {
        List<Applied> computed = new ArrayList<>();
        for (Step step : steps) {
            if (step instanceof Applied applied && !applied.made().op().isView()) {
                computed.add(applied);
            }
        }
        return computed;
    }

    @Override
    public int ops() {
        return computed().size();
    }

    @Override
    public long multiplyAdds() {
        return computed().stream()
                .mapToLong(step -> step.made().op().multiplyAdds(operands(step), step.spec()))
                .sum();
    }

    @Override
    public long touchedBytes() {
        return computed().stream()
                .mapToLong(step -> step.spec().bytes()
                        + operands(step).specs().stream()
                                .mapToLong(TensorSpec::bytes)
                                .sum())
                .sum();
    }

    @Override
    public List<SavedTensorCodec.Packed> sources() {
        List<SavedTensorCodec.Packed> sources = new ArrayList<>();
        for (Step step : steps) {
            if (step instanceof BroughtBack broughtBack && !broughtBack.saved().isParameter()) {
                sources.add(broughtBack.saved().packed());
            }
        }
        return sources;
    }
}
