package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.checkpointing.ScheduledCompositionTest.assertSame;
import static org.backpropaganda.checkpointing.ScheduledCompositionTest.scheduled;
import static org.backpropaganda.checkpointing.ScheduledCompositionTest.schedules;
import static org.backpropaganda.checkpointing.Twelve.STEPS;
import static org.backpropaganda.checkpointing.Twelve.WIDTH;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Updates during backward through chains that follow a schedule. */
class ScheduledUpdatesTest {
    /** What a step with updates during backward did. */
    private record Updated(List<String> order, Map<String, double[]> weights, long gradientPeak) {}

    private static Updated updated(Twelve.Kind kind, Function<List<Module>, Module> arrange) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 5);
            Module model = arrange.apply(Twelve.blocks(factory, kind, new int[STEPS]));
            List<String> order = new ArrayList<>();
            try (TensorScope step = root.child();
                    Gradients gradients = Gradients.handedOver(step, (parameter, gradient) -> {
                        order.add(parameter.path());
                        descend(parameter, gradient);
                        return true;
                    });
                    Tape tape = Tape.builder(step).seed(3).gradients(gradients).build()) {
                Variable x = tape.leaf(Twelve.random(step, 1, MemoryKind.TEMPORARY));
                Variable loss = Sum.sum(model.call(x));
                engine.ledger().resetPeak();
                tape.backward(loss);
            }
            Map<String, double[]> weights = new LinkedHashMap<>();
            model.parameters().forEach((name, p) -> weights.put(name, p.value().toDoubles()));
            return new Updated(order, weights, engine.ledger().peakBytes(MemoryKind.GRADIENT));
        }
    }

    private static void descend(Parameter parameter, Tensor gradient) {
        double[] weights = parameter.value().toDoubles();
        double[] slope = gradient.toDoubles();
        for (int i = 0; i < weights.length; i++) {
            weights[i] -= 0.1 * slope[i];
        }
        parameter.value().set(weights);
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "SHARED"})
    void updatesDuringBackwardAreThoseOfPlainAndAsEarly(Twelve.Kind kind) {
        Updated plain = updated(kind, Sequential::new);
        schedules().forEach(schedule -> {
            Updated actual = updated(kind, blocks -> scheduled(blocks, schedule));
            assertSame(actual.weights(), plain.weights());
            assertThat(actual.order()).hasSameElementsAs(plain.order());
            if (kind == Twelve.Kind.PLAIN) {
                assertThat(actual.gradientPeak()).as(schedule.name()).isEqualTo(8L * (WIDTH * WIDTH + WIDTH));
            }
        });
    }
}
