package org.backpropaganda.autograd.op;

import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.FloatAgainstDouble;
import org.backpropaganda.autograd.testkit.OpCase;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tensors so large that several threads share them, in both types. */
class ManyElementsTest {
    private static final long MANY = 150_001;

    static Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Exp(), in(MANY)),
                OpCase.of(new Log(), in(MANY).within(0.1, 9)),
                OpCase.of(new Sqrt(), in(MANY).within(0.1, 9)),
                OpCase.of(new Pow(1.5), in(MANY).within(0.1, 9)),
                OpCase.of(new Abs(), in(MANY).awayFromZero()),
                OpCase.of(new Clamp(-1, 1), in(MANY)),
                OpCase.of(new Gelu(false), in(MANY).within(-9, 9)),
                OpCase.of(new Gelu(true), in(MANY).within(-9, 9)),
                OpCase.of(new Silu(), in(MANY).within(-9, 9)),
                OpCase.of(new Softplus(2), in(MANY).within(-9, 9)),
                OpCase.of(new Hardswish(), in(MANY).within(-9, 9)),
                OpCase.of(new Maximum(), in(3, 50_001), in(50_001)),
                OpCase.of(new Where(), labels(2, 3, 50_001), in(50_001), in(3, 1)),
                OpCase.of(new Softmax(1), in(501, 301)),
                OpCase.of(new Softmax(1), in(7, 301, 71)),
                OpCase.of(new LogSoftmax(1), in(501, 301)),
                OpCase.of(new LogSoftmax(0), in(301, 501)),
                OpCase.of(new Huber(1), in(MANY), in(MANY)),
                OpCase.of(new SigmoidCrossEntropy(), in(MANY), in(MANY).within(0, 1)),
                OpCase.of(new WeightedCrossEntropy(0.1, LabelWeights.equal()), in(501, 301), labels(301, 501)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void floatIsCloseToDouble(OpCase opCase) {
        FloatAgainstDouble.check(opCase, 1, 2e-5);
    }
}
