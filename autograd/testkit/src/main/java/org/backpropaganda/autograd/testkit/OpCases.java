package org.backpropaganda.autograd.testkit;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;

/** The cases that the laws of an op are about, the engine that they run in, and the tolerances. */
abstract class OpCases {
    private static final List<DType> DTYPES = List.of(DType.FLOAT, DType.DOUBLE);

    private @Nullable Engine engine;

    /** Ops with inputs that fit them. */
    protected abstract Stream<OpCase> cases();

    /** Inputs that the op must refuse. */
    protected abstract Stream<Refusal> refusals();

    /** How gradients are compared with finite differences. */
    protected GradientCheck gradientCheck() {
        return GradientCheck.seeded(TestSeed.get());
    }

    /** How far {@code FLOAT} may lie from {@code DOUBLE}, relative to the largest value, or to 1 where that is smaller. */
    protected double floatTolerance() {
        return 1e-5;
    }

    /** The tolerance of a type that gradients exist of. */
    final double tolerance(DType dtype, double ofDoubles) {
        return switch (dtype) {
            case FLOAT -> floatTolerance();
            case DOUBLE -> ofDoubles;
            case INT, BYTE, BIT -> throw new IllegalArgumentException("no gradients are of " + dtype);
        };
    }

    /** The engine of this class's tests. */
    protected final Engine engine() {
        if (engine == null) {
            engine = Engine.builder().threads(2).build();
        }
        return engine;
    }

    @AfterAll
    final void closeEngine() {
        if (engine != null) {
            engine.close();
            engine = null;
        }
    }

    static Stream<DynamicTest> law(Stream<OpCase> cases, Consumer<OpCase> law) {
        return cases.map(c -> dynamicTest(c.name(), () -> law.accept(c)));
    }

    static Stream<DynamicTest> law(Stream<OpCase> cases, BiConsumer<OpCase, DType> law) {
        return cases.flatMap(c ->
                DTYPES.stream().map(dtype -> dynamicTest(dtype + " " + c.name(), () -> law.accept(c, dtype))));
    }

    final OpTrial trial(OpCase opCase, DType dtype) {
        return new OpTrial(engine(), opCase, dtype);
    }
}
