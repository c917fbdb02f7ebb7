package org.backpropaganda.autograd.graph;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How a tape behaves.
 *
 * @param recording whether backward is possible
 * @param differentiating whether this is part of a step that has a backward
 * @param observer sees what is computed
 * @param check compares replays by value; null where they are compared by what they do
 * @param share with what backward of the outermost tape begins
 * @param parts how modules behave otherwise in calls of some of them
 * @param weights stand for those of the parameters that they belong to
 */
record TapeSettings(
        boolean recording,
        boolean differentiating,
        TapeObserver observer,
        @Nullable ReplayCheck check,
        StepShare share,
        IdentityHashMap<Callee, UnaryOperator<CallMode>> parts,
        Map<Parameter, Tensor> weights) {

    /** The mode of a call of {@code callee} from one of mode {@code caller}. */
    CallMode modeOf(Callee callee, CallMode caller) {
        if (parts.isEmpty()) {
            return caller;
        }
        UnaryOperator<CallMode> part = parts.get(callee);
        return part == null ? caller : part.apply(caller);
    }

    /** What a parameter is on the tape. */
    Tensor valueOf(Parameter parameter) {
        return weights.getOrDefault(parameter, parameter.value());
    }

    /** For a computation inside another one. */
    TapeSettings in(TapeMode mode, boolean again) {
        boolean records = mode == TapeMode.RECORDING;
        return new TapeSettings(records, records || again || differentiating, observer, check, share, parts, weights);
    }
}
