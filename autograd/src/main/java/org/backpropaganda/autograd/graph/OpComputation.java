package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * What an op computed.
 *
 * @param output its own, or a view of its input
 * @param extras those that are wanted; null in the place of each that is not
 */
record OpComputation(Tensor output, List<@Nullable Tensor> extras) {

    /** The input's bytes under another shape. */
    static OpComputation view(Variable input, TensorSpec spec, TensorScope scope) {
        return new OpComputation(scope.view(input.value(), spec.shape()), List.of());
    }

    /** Runs an op on a tape's values. */
    static OpComputation run(
            Op op, List<Variable> inputs, Saves saves, boolean recorded, TensorSpec spec, TensorScope scope) {
        List<Tensor> values = inputs.stream().map(Variable::value).toList();
        List<@Nullable Tensor> extras = extras(saves, recorded, List.of(), scope);
        Tensor output = output(op, inputs, saves, spec, scope);
        compute(op::forward, scope, values, output, extras);
        return new OpComputation(output, extras);
    }

    /**
     * Runs an op again on the values that it had.
     *
     * @param recalled the extras that it recalls; none where they are not kept
     * @param taken the input whose bytes the output takes, or null
     */
    static Tensor again(
            Op op,
            List<Tensor> values,
            List<Tensor> recalled,
            TensorSpec spec,
            TensorScope scope,
            @Nullable Tensor taken) {
        if (op.isView()) {
            return scope.view(values.get(0), spec.shape());
        }
        Saves saves =
                op.saves(Operands.constant(values.stream().map(Tensor::spec).toList()));
        Tensor output = taken != null ? taken : scope.allocate(spec.shape(), spec.dtype());
        try (TensorScope unread = scope.child()) {
            List<Integer> present = recalled.isEmpty() ? List.of() : op.recalls();
            List<@Nullable Tensor> extras = extras(saves, false, present, unread);
            for (int i = 0; i < recalled.size(); i++) {
                extras.set(present.get(i), recalled.get(i));
            }
            compute(recalled.isEmpty() ? op::forward : op::again, scope, values, output, extras);
        }
        return output;
    }

    private static void compute(
            Consumer<ForwardCall> computation,
            TensorScope scope,
            List<Tensor> values,
            Tensor output,
            List<@Nullable Tensor> extras) {
        if (output.hasValues()) {
            new ForwardCall(scope, values, output, extras).run(computation);
        } else {
            WithoutValues.forward(computation, scope, values, output, extras);
        }
    }

    /** The extras that the caller reads; all others are let go. */
    List<Tensor> results(Saves saves, boolean wanted) {
        List<Tensor> results = new ArrayList<>();
        for (int i = 0; i < extras.size(); i++) {
            Tensor extra = extras.get(i);
            if (extra == null) {
                continue;
            }
            if (wanted && saves.extras().get(i).always()) {
                results.add(extra);
            } else {
                extra.close();
            }
        }
        return results;
    }

    private static Tensor output(Op op, List<Variable> inputs, Saves saves, TensorSpec spec, TensorScope scope) {
        int number = op.overwrites();
        if (number < 0 || !mayOverwrite(inputs, number, saves, spec)) {
            return scope.allocate(spec.shape(), spec.dtype());
        }
        Tensor taken = inputs.get(number).consume(op.name());
        taken.written(op.name());
        return LEDGER.adopt(scope, taken);
    }

    private static boolean mayOverwrite(List<Variable> inputs, int number, Saves saves, TensorSpec spec) {
        Variable input = inputs.get(number);
        return !input.isParameter()
                && input.value().isExclusive()
                && input.value().kind() == MemoryKind.TEMPORARY
                && input.spec().equals(spec)
                && !saves.inputs().contains(number)
                && inputs.stream().filter(other -> other == input).count() == 1;
    }

    /**
     * Makes those that are wanted.
     *
     * @param present numbers of those that are there already
     */
    private static List<@Nullable Tensor> extras(
            Saves saves, boolean recorded, List<Integer> present, TensorScope scope) {
        List<@Nullable Tensor> extras = new ArrayList<>(saves.extras().size());
        for (int i = 0; i < saves.extras().size(); i++) {
            Saves.Extra extra = saves.extras().get(i);
            boolean wanted = (recorded || extra.always()) && !present.contains(i);
            extras.add(
                    wanted ? scope.allocate(extra.spec().shape(), extra.spec().dtype(), MemoryKind.TEMPORARY) : null);
        }
        return extras;
    }
}
