package org.backpropaganda.autograd.testkit;

import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.check.GradientReport;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * A module with inputs, for {@link ModuleContract}.
 *
 * @param name of the test
 * @param factory makes the module anew: the same factory seed must give the same parameters
 * @param inputs of a call, in order
 * @param approximate whose gradients are not those of the outputs, by design: inputs ({@code "input 0"}), parameters, and
 *     modules, which stand for all parameters in them
 */
public record ModuleCase(
        String name, Function<ParameterFactory, Module> factory, List<Input> inputs, List<String> approximate) {
    /** A module whose gradients are exact. */
    public static ModuleCase of(String name, Function<ParameterFactory, Module> factory, Input... inputs) {
        return new ModuleCase(name, factory, List.of(inputs), List.of());
    }

    /**
     * With gradients that approximate: those of the given names alone. All others are held to finite differences, and of
     * each name something has to differ from them.
     *
     * @param names of inputs ({@code "input 0"}), parameters, and modules, which stand for all parameters in them
     */
    public ModuleCase approximately(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException(
                    name + ": nothing that approximates is named; name inputs, parameters or" + " modules");
        }
        return new ModuleCase(name, factory, inputs, List.of(names));
    }

    ModuleCase calledTwice() {
        List<String> inside = approximate.stream()
                .map(what -> what.startsWith("input ") ? what : "body." + what)
                .toList();
        return new ModuleCase(name, factory.andThen(CalledTwice::new), inputs, inside);
    }

    /** Throws unless exactly those gradients are exact that have to be. */
    void judge(GradientReport report) {
        new GradientReport(
                        report.check(),
                        report.entries().stream()
                                .filter(entry -> approximate.stream().noneMatch(what -> covers(what, entry)))
                                .toList())
                .orThrow();
        for (String what : approximate) {
            List<GradientReport.Entry> covered = report.entries().stream()
                    .filter(entry -> covers(what, entry))
                    .toList();
            if (new GradientReport(report.check(), covered).passed()) {
                throw new AssertionError(name + ": \"" + what + "\" is said to approximate, but "
                        + (covered.isEmpty() ? "nothing of that name is differentiated" : "its gradients are exact"));
            }
        }
    }

    private static boolean covers(String what, GradientReport.Entry entry) {
        return entry.name().equals(what) || entry.name().startsWith(what + ".");
    }

    @Override
    public String toString() {
        return name;
    }
}
