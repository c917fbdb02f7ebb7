package org.backpropaganda.checkpointing.planner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.compress.CompressPolicy;
import org.backpropaganda.checkpointing.compress.QuantizedCodec;
import org.backpropaganda.checkpointing.recompute.RecomputePolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a profile books where, by a clock that goes on with every byte that is made. */
class ProfileTest {
    private static final int ROWS = 64;
    private static final int WIDTH = 32;
    private static final long BYTES = 4L * ROWS * WIDTH;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");
    private long made;

    @AfterEach
    void close() {
        engine.close();
    }

    private Profile profile(SavedTensorPolicy policy) {
        ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 3);
        Module model = new Sequential(
                new Linear(factory, WIDTH, WIDTH, false), Activation.gelu(), new Linear(factory, WIDTH, WIDTH, false));
        engine.ledger().listen((event, kind, path, delta, all) -> made += Math.max(0, delta));
        Profile profile = new Profile(CostModel.counted(), () -> made);
        for (int i = 0; i < 2; i++) {
            step(model, policy, profile);
            made += 1L << 40;
        }
        engine.ledger().listen(null);
        return profile;
    }

    private void step(Module model, SavedTensorPolicy policy, Profile profile) {
        try (TensorScope step = scope.child();
                Tape tape = Tape.builder(step).policy(policy).observer(profile).build()) {
            Variable x = tape.constant(step.allocate(Shape.of(ROWS, WIDTH), DType.FLOAT, MemoryKind.INPUT)
                    .fill(0.5));
            Variable loss = Ops.sum(model.call(x));
            tape.backward(loss).close();
            profile.ended();
        }
    }

    /** Of the op of that name whose input needs a gradient, or of one that is computed again. */
    private static long median(Profile profile, String op, boolean needs, boolean backward) {
        return profile.medians().entrySet().stream()
                .filter(entry -> is(entry.getKey(), op, needs, backward))
                .mapToLong(Map.Entry::getValue)
                .findFirst()
                .orElse(-1);
    }

    private static boolean is(Profile.Key key, String op, boolean needs, boolean backward) {
        return key.work() instanceof Op each
                && each.name().equals(op)
                && key.needs().get(0) == needs
                && key.backward() == backward;
    }

    @Test
    void forwardIsTimedWhereItsTensorsAreSaved() {
        Profile plain = profile(SavedTensorPolicy.keep());
        assertThat(median(plain, "gelu", true, false)).isGreaterThanOrEqualTo(BYTES);
        assertThat(median(plain, "linear", true, false)).isGreaterThanOrEqualTo(BYTES);
    }

    @Test
    void whatIsComputedAgainIsNoPartOfTheBackwardThatWantsIt() {
        Profile plain = profile(SavedTensorPolicy.keep());
        Profile cheap = profile(RecomputePolicy.cheap());
        assertThat(median(plain, "gelu", false, false)).isNegative();
        assertThat(median(cheap, "gelu", false, false)).isGreaterThanOrEqualTo(BYTES);
        assertThat(median(cheap, "linear", true, true)).isEqualTo(median(plain, "linear", true, true));
    }

    @Test
    void whatIsPackedIsLeftToTheCostModel() {
        Profile packed = profile(CompressPolicy.of(new QuantizedCodec(8, 1)));
        assertThat(median(packed, "linear", true, false)).isNegative();
        assertThat(median(packed, "linear", true, true)).isNegative();
        assertThat(median(packed, "sum", true, false)).isNotNegative();
    }

    /** After the last op's backward the step is closed, which is not that op's. */
    @Test
    void whatComesBehindBackwardIsNobodysTime() {
        Profile plain = profile(SavedTensorPolicy.keep());
        assertThat(plain.medians().values()).allMatch(time -> time < 1L << 40);
        assertThat(plain.covers(plain)).isTrue();
        assertThat(plain.covers(profile(RecomputePolicy.cheap()))).isFalse();
        assertThat(plain.pace()).isPositive();
    }
}
