package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.WithPolicy;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Pair;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;

/**
 * A way to execute a block: arranged by some techniques, and with its saved tensors left to others; by none of them it stores.
 *
 * @param techniques in the order of their application
 */
record Way(List<Technique> techniques) {
    /** What a block does that nothing is arranged in. */
    static final String STORE_NAME = "store";

    static final Way STORE = new Way(List.of());

    /** Its techniques as a strategy writes them, or {@value #STORE_NAME}. */
    String name() {
        return techniques.isEmpty()
                ? STORE_NAME
                : techniques.stream().map(Technique::term).collect(Collectors.joining("+"));
    }

    /** The block arranged; empty where a technique does nothing for it. */
    Optional<Part> arranged(Part block, TechniqueSettings settings) {
        Part arranged = block;
        for (Technique technique : techniques) {
            if (!Ways.decidesSaves(technique)) {
                Optional<Part> next = technique.block(arranged, settings);
                if (next.isEmpty()) {
                    return Optional.empty();
                }
                arranged = next.get();
            }
        }
        return Optional.of(arranged);
    }

    /**
     * The modules of a block by name: one, or two where it is a pair that nothing has fused.
     *
     * @param opened what becomes of saved tensors, by technique
     */
    Map<String, Module> modules(String name, Part block, TechniqueSettings settings, Map<Technique, Savings> opened) {
        Part arranged = arranged(block, settings)
                .orElseThrow(() -> new IllegalArgumentException(
                        "plan: " + name() + " does nothing for the block " + name + "; plan the model as it is"));
        List<Savings> savings = new ArrayList<>();
        for (Technique technique : techniques) {
            if (Ways.decidesSaves(technique)) {
                savings.add(opened.get(technique));
            }
        }
        Map<String, Module> modules = new LinkedHashMap<>();
        if (arranged instanceof Pair pair && !pair.isOne()) {
            Chain.empty().with(name, pair).build().children().forEach(modules::put);
        } else {
            modules.put(name, arranged.build());
        }
        if (!savings.isEmpty()) {
            modules.replaceAll((link, module) -> new WithPolicy(module, around -> policy(savings, around)));
        }
        return modules;
    }

    private static SavedTensorPolicy policy(List<Savings> savings, SavedTensorPolicy around) {
        SavedTensorPolicy policy = around;
        for (Savings each : savings) {
            policy = each.before(policy);
        }
        return policy;
    }
}
