package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Attention;
import org.backpropaganda.autograd.op.Elu;
import org.backpropaganda.autograd.op.Exp;
import org.backpropaganda.autograd.op.Hardswish;
import org.backpropaganda.autograd.op.LabelWeights;
import org.backpropaganda.autograd.op.LinearCrossEntropy;
import org.backpropaganda.autograd.op.MaxPool2d;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Pow;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.op.Sqrt;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.op.TopK;
import org.backpropaganda.autograd.op.WeightedCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients that are recorded: gradients of gradients, Hessian-vector products, gradient penalties. */
class DifferentiateTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("test");

    @AfterEach
    void close() {
        scope.close();
        assertThat(engine.ledger().liveBytes()).isZero();
        engine.close();
    }

    private Tensor vector(double... values) {
        return scope.allocate(Shape.of(values.length), DType.DOUBLE).set(values);
    }

    /** x⁴: 4 x³, 12 x², 24 x, 24. */
    @Test
    void goesOnForAsLongAsOneLikes() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(vector(1.5));
            Variable y = Pow.pow(x, 4);
            double[] expected = {4 * Math.pow(1.5, 3), 12 * 1.5 * 1.5, 24 * 1.5, 24};
            for (double derivative : expected) {
                y = tape.differentiate(y, x).get(0);
                assertThat(y.value().item()).isCloseTo(derivative, within(1e-12));
            }
        }
    }

    /** f = x² y: the Hessian [[2y, 2x], [2x, 0]] times v. */
    @Test
    void hessianVectorProduct() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(vector(3));
            Variable y = tape.leaf(vector(5));
            Variable f = Multiply.multiply(Multiply.multiply(x, x), y);
            List<Variable> gradients = tape.differentiate(f, x, y);
            tape.backward(gradients, List.of(vector(7), vector(11))).close();
            assertThat(tape.gradient(x).toDoubles()).containsExactly(2 * 5 * 7 + 2 * 3 * 11);
            assertThat(tape.gradient(y).toDoubles()).containsExactly(2 * 3 * 7);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
    }

    @Test
    void stopsAtAValueOnTheWay() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(vector(2));
            Variable y = Multiply.multiply(x, x);
            Variable z = Exp.exp(y);
            List<Variable> both = tape.differentiate(z, y, x);
            assertThat(both.get(0).value().item()).isCloseTo(Math.exp(4), within(1e-12));
            assertThat(both.get(1).value().item()).isCloseTo(4 * Math.exp(4), within(1e-11));
        }
    }

    @Test
    void gathersTheGradientsOfAValueUsedTwice() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(vector(2, 3));
            Variable y = Sum.sum(Add.add(Multiply.multiply(x, x), Add.add(x, x)));
            Variable gradient = tape.differentiate(y, x).get(0);
            assertThat(gradient.value().toDoubles()).containsExactly(6, 8);
            Variable second = tape.differentiate(Sum.sum(gradient), x).get(0);
            assertThat(second.value().toDoubles()).containsExactly(2, 2);
        }
    }

    /** The penalty (‖∂D/∂x‖ − 1)² of Gulrajani et al. 2017, equation 3, for a small convolutional critic. */
    private static Variable penalty(Module critic, Variable x) {
        Variable gradient = x.tape().differentiate(Sum.sum(critic.call(x)), x).get(0);
        Variable norm = Sqrt.sqrt(Sum.sum(Multiply.multiply(gradient, gradient), 1, 2, 3));
        return Mean.mean(Pow.pow(Scale.scale(norm, 1, -1), 2));
    }

    private static final class Critic extends Module {
        private final Module features;
        private final Module head;

        Critic(ParameterFactory factory) {
            features = register(
                    "features",
                    new Sequential(new Conv2d(factory, 2, 4, Window.square(3, 1, 1), true), Activation.tanh()));
            head = register("head", new Linear(factory, 4 * 4 * 3, 1, true));
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            return List.of(head.call(Reshape.flatten(features.call(x.get(0)))));
        }
    }

    @Test
    void gradientPenaltyTrainsTheParametersOfACritic() {
        Critic critic = new Critic(new ParameterFactory(scope, DType.DOUBLE, 3));
        GradientCheck.seeded(5)
                .recorded()
                .check(
                        new Module() {
                            {
                                register("critic", critic);
                            }

                            @Override
                            protected List<Variable> forward(List<Variable> x) {
                                return List.of(penalty(critic, x.get(0)));
                            }
                        },
                        scope.allocate(Shape.of(2, 4, 3, 2), DType.DOUBLE).set(numbers(48)))
                .orThrow();
    }

    private static double[] numbers(int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = Math.sin(1 + i);
        }
        return values;
    }

    /** H = Xᵀ (diag(p) − p pᵀ) X / n for softmax regression; one row, two classes: σ(1 − σ) x xᵀ on the difference. */
    @Test
    void hessianOfALossIsThatOfLogisticRegression() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable logits =
                    tape.leaf(scope.allocate(Shape.of(1, 2), DType.DOUBLE).set(0.3, -0.4));
            Variable labels =
                    tape.constant(scope.allocate(Shape.of(1), DType.INT).set(1));
            Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
            Variable gradient = tape.differentiate(loss, logits).get(0);
            tape.backward(
                            List.of(gradient),
                            List.of(scope.allocate(Shape.of(1, 2), DType.DOUBLE).set(1.0, 0)))
                    .close();
            double p = 1 / (1 + Math.exp(-0.7));
            assertThat(tape.gradient(logits).toDoubles()[0]).isCloseTo(p * (1 - p), within(1e-12));
            assertThat(tape.gradient(logits).toDoubles()[1]).isCloseTo(-p * (1 - p), within(1e-12));
        }
    }

    @Test
    void namesWhatCannotBeRecorded() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(vector(1, 2));
            Variable y = Sum.sum(new Recomputed(Activation.tanh()).call(x));
            assertThatThrownBy(() -> tape.differentiate(y, x))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("differentiate: the segment recomputed in ");
        }
    }

    /** The last element; nothing is known of its second derivatives. */
    private record Last() implements Op {
        @Override
        public TensorSpec infer(List<TensorSpec> in) {
            return in.get(0).with(Shape.of(1));
        }

        @Override
        public Saves saves(Operands operands) {
            return Saves.none();
        }

        @Override
        public void forward(ForwardCall call) {
            double[] x = call.input(0).toDoubles();
            call.output().fill(x[x.length - 1]);
        }

        @Override
        public void vjp(BackwardCall call) {
            double[] dx = new double[(int) call.spec(0).shape().elements()];
            dx[dx.length - 1] = call.dy().item();
            call.give(
                    0,
                    call.temporary(call.spec(0).shape(), call.spec(0).dtype()).set(dx));
        }
    }

    @Test
    void namesAnOpWithoutASecondDerivative() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(vector(1, 2, 3, 4));
            Variable y = Sum.sum(tape.apply(new Last(), x));
            assertThatThrownBy(() -> tape.differentiate(y, x))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                            "differentiate: last in test has no recorded backward; compose it of ops that have one");
        }
    }

    /** The derivative of p² at 4, where p comes from an op, then from a segment, that cannot be recorded. */
    @Test
    void asksNothingOfWhatMadeTheInputs() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(vector(1, 2, 3, 4));
            Variable last = tape.apply(new Last(), x);
            Variable again = new Recomputed(Activation.relu()).call(last);
            for (Variable p : List.of(last, again)) {
                Variable gradient =
                        tape.differentiate(Sum.sum(Multiply.multiply(p, p)), p).get(0);
                assertThat(gradient.value().item()).isEqualTo(8);
            }
            Variable gradient = tape.differentiate(Pow.pow(again, 3), again).get(0);
            tape.backward(Sum.sum(gradient)).close();
            assertThat(tape.gradient(x).toDoubles()).containsExactly(0, 0, 0, 24);
        }
    }

    private static List<Function<Variable, Variable>> functionsOfConstants() {
        return List.of(
                x -> SoftmaxCrossEntropy.crossEntropy(
                        x, x.tape().constant(x.tape().scope().zeros(Shape.of(4), DType.INT, MemoryKind.TEMPORARY))),
                x -> LinearCrossEntropy.linearCrossEntropy(
                        x, x, x.tape().constant(x.tape().scope().zeros(Shape.of(4), DType.INT, MemoryKind.TEMPORARY))),
                x -> WeightedCrossEntropy.weightedCrossEntropy(
                        x,
                        x.tape().constant(x.tape().scope().zeros(Shape.of(4), DType.INT, MemoryKind.TEMPORARY)),
                        0.1,
                        LabelWeights.equal()),
                x -> causalAttention(Reshape.reshape(x, 1, 4, 3)),
                x -> squares(MaxPool2d.maxPool2d(Reshape.reshape(x, 1, 4, 3, 1), Window.square(2, 1, 0))),
                x -> squares(TopK.topK(x, 2, true).output()),
                x -> Sum.sum(Hardswish.hardswish(x)),
                x -> Sum.sum(Elu.elu(x, 1)));
    }

    private static Variable squares(Variable x) {
        return Sum.sum(Multiply.multiply(x, x));
    }

    private static Variable causalAttention(Variable x) {
        return Sum.sum(Attention.attention(x, x, x, 1, true));
    }

    /** One-hot labels and signs are let go with the rule that made them; what ops saved of them goes with the ops. */
    @ParameterizedTest
    @MethodSource("functionsOfConstants")
    void leavesNoConstantsBehind(Function<Variable, Variable> function) {
        Tensor given = scope.allocate(Shape.of(4, 3), DType.DOUBLE).set(numbers(12));
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(given);
            Variable y = function.apply(x);
            long before = engine.ledger().liveBytes(MemoryKind.TEMPORARY);
            tape.differentiate(y, x).get(0).release();
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @MethodSource("functionsOfConstants")
    void shapesAloneAreDifferentiatedToo(Function<Variable, Variable> function) {
        try (Engine shapes = Engine.withoutMemory();
                TensorScope step = shapes.scope("shapes");
                Tape tape = Tape.training(step, 1)) {
            Variable x = tape.leaf(step.allocate(Shape.of(4, 3), DType.FLOAT));
            Variable gradient = tape.differentiate(function.apply(x), x).get(0);
            assertThat(gradient.shape()).isEqualTo(x.shape());
            tape.backward(Sum.sum(gradient)).close();
            assertThat(tape.gradient(x)).isNotNull();
        }
    }

    @Test
    void saysWhyItCannotRecord() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(vector(1, 2));
            Module slope = new Module() {
                @Override
                protected List<Variable> forward(List<Variable> in) {
                    Variable v = in.get(0);
                    return v.tape().differentiate(Sum.sum(Tanh.tanh(v)), v);
                }
            };
            assertThatThrownBy(() -> new Recomputed(slope).call(x))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("differentiate: a segment that records nothing in its first run calls this;"
                            + " use the plain form of what the segment computes");
        }
        try (Tape tape = Tape.inference(scope)) {
            Variable x = tape.leaf(vector(1));
            assertThatThrownBy(() -> tape.differentiate(x, x)).hasMessage("differentiate: the tape does not record");
        }
    }

    @Test
    void refusesWhatLeadsNowhere() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(vector(1));
            Variable other = tape.leaf(vector(1));
            Variable constant = tape.constant(vector(1));
            Variable y = Tanh.tanh(Multiply.multiply(x, constant));
            assertThatThrownBy(() -> tape.differentiate(y, other))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("differentiate: input 0, DOUBLE[1], does not lead to the outputs");
            assertThatThrownBy(() -> tape.differentiate(y, constant))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is a constant");
            tape.backward(y).close();
            assertThatThrownBy(() -> tape.differentiate(y, x))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("drained");
        }
    }

    @Test
    void unpacksWhatAPolicyHasPackedAndKeepsItFromThenOn() {
        Tensor given = vector(0.5, -1);
        try (Tape tape = Tape.builder(scope)
                .seed(1)
                .policy(SavedTensorPolicy.of(new HeapCodec()))
                .build()) {
            Variable x = tape.leaf(given);
            Variable y = Sum.sum(Multiply.multiply(x, Multiply.multiply(x, x)));
            Variable gradient = tape.differentiate(y, x).get(0);
            assertThat(gradient.value().toDoubles()).containsExactly(0.75, 3);
            tape.backward(Sum.sum(gradient)).close();
            assertThat(tape.gradient(x).toDoubles()).containsExactly(3, -6);
        }
    }
}
