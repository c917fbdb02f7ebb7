package org.backpropaganda.reversible.abn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.abn.InPlaceReport.Norm;
import org.backpropaganda.reversible.abn.InPlaceReport.Outcome;
import org.jspecify.annotations.Nullable;

/** Keeps all that is saved as it is, and sees what in-place norms save, and who else saves the same. */
final class SavingsOfNorms implements SavedTensorPolicy {
    private static final Set<String> NORMS = Set.of("inPlaceAbn", "inPlaceLayerNorm", "inPlaceRmsNorm");
    private static final String INPUT = "input " + NormPullback.X;

    private final Map<String, Module> modules = new LinkedHashMap<>();
    private final Map<Long, Call> calls = new LinkedHashMap<>();
    private final Set<Object> savedBehind = Collections.newSetFromMap(new IdentityHashMap<>());

    private static final class Call {
        private final String path;
        private final Object output;
        private final @Nullable Outcome kept;
        private int lost;

        /**
         * A call.
         *
         * @param output what it saved of it, or its input
         * @param kept why it kept its input, if it did
         */
        Call(String path, Object output, @Nullable Outcome kept) {
            this.path = path;
            this.output = output;
            this.kept = kept;
        }
    }

    SavingsOfNorms(Module model) {
        collect("", model);
    }

    private void collect(String path, Module module) {
        modules.put(path, module);
        module.children()
                .forEach((name, child) ->
                        collect(path.isEmpty() || name.isEmpty() ? path + name : path + "." + name, child));
    }

    @Override
    public SavedTensorCodec choose(Saving saving) {
        Object bytes = saving.tensor().identity();
        if (!NORMS.contains(saving.op())) {
            savedBehind.add(bytes);
        } else if (saving.label().equals(INPUT)) {
            savedBehind.add(bytes);
            calls.put(saving.key(), new Call(saving.path(), bytes, why(saving)));
        } else if (saving.label().equals(NormPullback.OUTPUT) && !calls.containsKey(saving.key())) {
            savedBehind.remove(bytes);
            calls.put(saving.key(), new Call(saving.path(), bytes, null));
        } else if (saving.label().equals(NormPullback.LOST)) {
            Call call = calls.get(saving.key());
            if (call != null) {
                call.lost = Math.toIntExact(saving.spec().shape().dim(-1));
            }
        }
        return SavedTensorCodec.keep();
    }

    /** Why a norm kept its input. */
    private Outcome why(Saving saving) {
        if (!(modules.get(saving.path()) instanceof InPlaceAbn abn)) {
            return saving.op().equals("inPlaceAbn") ? Outcome.INPUT_HELD_ELSEWHERE : Outcome.CANNOT_BE_HAD_BACK;
        }
        long values = saving.spec().shape().elements() / abn.weight().value().elements();
        return abn.lost(values).all() ? Outcome.CANNOT_BE_HAD_BACK : Outcome.INPUT_HELD_ELSEWHERE;
    }

    List<Norm> norms() {
        List<Norm> norms = new ArrayList<>();
        for (Call call : calls.values()) {
            Outcome outcome = call.kept != null
                    ? call.kept
                    : savedBehind.contains(call.output) ? Outcome.IN_PLACE : Outcome.OUTPUT_KEPT_BY_NOBODY_ELSE;
            norms.add(new Norm(call.path, outcome, call.lost));
        }
        return norms;
    }
}
