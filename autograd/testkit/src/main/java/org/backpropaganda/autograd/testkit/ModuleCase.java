package org.backpropaganda.autograd.testkit;

import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * A module with inputs, for {@link ModuleContract}.
 *
 * @param name of the test
 * @param factory makes the module anew: the same factory seed must give the same parameters
 * @param inputs of a call, in order
 * @param approximate whether the gradients are not those of the outputs, by design: then finite differences say nothing
 */
public record ModuleCase(
        String name, Function<ParameterFactory, Module> factory, List<Input> inputs, boolean approximate) {
    /** A module whose gradients are exact. */
    public static ModuleCase of(String name, Function<ParameterFactory, Module> factory, Input... inputs) {
        return new ModuleCase(name, factory, List.of(inputs), false);
    }

    /** With gradients that approximate. */
    public ModuleCase approximately() {
        return new ModuleCase(name, factory, inputs, true);
    }

    @Override
    public String toString() {
        return name;
    }
}
