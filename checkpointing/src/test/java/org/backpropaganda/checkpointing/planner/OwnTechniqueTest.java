package org.backpropaganda.checkpointing.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.optim.ParameterOptimizer;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.checkpointing.Checkpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A technique and an optimizer of somebody else's are planned with like those of this library. */
class OwnTechniqueTest {
    private static final int BRANCHES = 4;
    private static final int WIDTH = 16;

    @TempDir
    private Path directory;

    /** Adds what some layers make of its input: one of them at a time is enough in backward. */
    static final class Branches extends Module {
        private final List<Module> branches = new ArrayList<>();
        private final boolean frugal;

        Branches(List<? extends Module> layers, boolean frugal) {
            this.frugal = frugal;
            layers.forEach(layer -> branches.add(register("branch" + branches.size(), layer)));
        }

        Branches frugal() {
            return new Branches(branches, true);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable sum = inputs.get(0);
            for (Module branch : branches) {
                Variable one = frugal
                        ? Checkpoint.call(branch::call, branch.trainedParameters(), inputs)
                                .get(0)
                        : branch.call(inputs).get(0);
                sum = Ops.plus(sum, one);
            }
            return List.of(sum);
        }
    }

    /** What a class path finds. */
    public static final class Frugal implements Technique {
        @Override
        public String name() {
            return "frugal";
        }

        @Override
        public Fidelity fidelity() {
            return Fidelity.EXACT;
        }

        @Override
        public Level level() {
            return Level.LAYER;
        }

        @Override
        public Optional<String> refusal(Part structure, TechniqueSettings settings) {
            return structure.all(Layer.class).stream().anyMatch(Frugal::isMeant)
                    ? Optional.empty()
                    : Optional.of("it has no branches");
        }

        private static boolean isMeant(Layer layer) {
            return layer.module() instanceof Branches;
        }

        @Override
        public Part arrange(Part structure, TechniqueSettings settings) {
            return structure.map(part -> part instanceof Layer layer && layer.module() instanceof Branches branches
                    ? new Layer(branches.frugal())
                    : part);
        }
    }

    private static UserModel model() {
        return new UserModel(
                "branches",
                factory -> {
                    List<Module> blocks = new ArrayList<>();
                    for (int i = 0; i < 3; i++) {
                        blocks.add(branches(factory));
                    }
                    blocks.add(new Linear(factory, WIDTH, 5, true));
                    return new Sequential(blocks);
                },
                List.of(new TensorSpec(Shape.of(96, WIDTH), DType.FLOAT)),
                List.of(new TensorSpec(Shape.of(96), DType.INT)),
                (results, labels) -> Ops.crossEntropy(results.get(0), labels.get(0)));
    }

    private static Module branches(ParameterFactory factory) {
        List<Module> layers = new ArrayList<>();
        for (int i = 0; i < BRANCHES; i++) {
            layers.add(new Sequential(
                    new Linear(factory, WIDTH, WIDTH, true),
                    Activation.tanh(),
                    Activation.sigmoid(),
                    Activation.tanh(),
                    Activation.sigmoid(),
                    Activation.tanh()));
        }
        return new Branches(layers, false);
    }

    private static Planner planner(UserModel model, StepOutline outline, TensorScope scope) {
        return Planner.of(Structure.of(model.make().apply(new ParameterFactory(scope, DType.FLOAT, 2))), outline);
    }

    @Test
    void aTechniqueOfTheClassPathJoins() throws IOException {
        UserModel model = model();
        StepOutline outline = model.outline(OwnSgd::new, false);
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(services.resolve(Technique.class.getName()), Frugal.class.getName());
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                URLClassLoader extended =
                        new URLClassLoader(new URL[] {directory.toUri().toURL()}, before)) {
            long without = planner(model, outline, scope).leastBytes();
            thread.setContextClassLoader(extended);
            Planner planner = planner(model, outline, scope);
            long least = planner.leastBytes();
            assertThat(least).isLessThan(without);
            Plan plan = planner.budgetBytes(without - 1).fastest();
            assertThat(plan.ways()).anyMatch(way -> way.contains("frugal"));
            Map<String, double[]> plain =
                    RealSteps.run(model, outline, null, Long.MAX_VALUE).values();
            RealSteps real = RealSteps.run(model, outline, plan, plan.predictedPeakBytes());
            assertThat(real.peakBytes()).isEqualTo(plan.predictedPeakBytes());
            real.values().forEach((name, bits) -> assertThat(bits).as(name).containsExactly(plain.get(name)));
            thread.setContextClassLoader(before);
            assertThatThrownBy(() -> Plan.fromJson(plan.toJson())).hasMessageContaining("no technique 'frugal'");
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Reads values, and takes twice a parameter's bytes while it updates it. */
    static final class OwnSgd extends ParameterOptimizer {
        private final TensorScope owner;

        OwnSgd(List<Parameter> parameters, TensorScope scope) {
            super("own sgd", parameters, scope, 0, 0.1);
            owner = scope;
        }

        @Override
        protected void update(Parameter parameter, Tensor gradient, State state) {
            double[] values = parameter.value().toDoubles();
            double[] slopes = gradient.toDoubles();
            for (int i = 0; i < values.length; i++) {
                values[i] -= learningRate() * slopes[i];
            }
            try (TensorScope scope = owner.child()) {
                scope.allocate(Shape.of(2, values.length), gradient.dtype(), MemoryKind.TEMPORARY);
                parameter.value().set(values);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatAnUpdateTakesIsInTheBudget(boolean duringBackward) {
        UserModel large = new UserModel(
                "large",
                factory -> new Sequential(new Linear(factory, 64, 256, true), new Linear(factory, 256, 5, true)),
                List.of(new TensorSpec(Shape.of(2, 64), DType.FLOAT)),
                List.of(new TensorSpec(Shape.of(2), DType.INT)),
                (results, labels) -> Ops.crossEntropy(results.get(0), labels.get(0)));
        StepOutline outline = large.outline(OwnSgd::new, duringBackward);
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("")) {
            Plan plan = planner(large, outline, scope).fastest();
            assertThat(RealSteps.run(large, outline, plan, plan.predictedPeakBytes())
                            .peakBytes())
                    .isEqualTo(plan.predictedPeakBytes());
        }
    }
}
