package org.backpropaganda.experiments.memory;

import java.util.Locale;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.MultiHeadAttention;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.run.ProcessMemory;
import org.jspecify.annotations.Nullable;

/**
 * Trains a transformer block of width 8 on batches [B, T] of as many different shapes as asked for, and prints what the
 * process and its caches hold: what it shows is the difference between one shape and many.
 */
public final class ShapeMemory {
    private static final int STEPS = 1500;
    private static final int MOST_SHAPES = 625;
    private static final int SIDE = 25;

    private ShapeMemory() {}

    /**
     * The program.
     *
     * @param args how many shapes, from 1 to 625, and {@code float} or {@code double}
     */
    public static void main(String[] args) {
        if (args.length != 2) {
            System.out.println("give a number of shapes, and float or double");
            return;
        }
        int shapes = Integer.parseInt(args[0]);
        DType dtype = DType.valueOf(args[1].toUpperCase(Locale.ROOT));
        if (shapes < 1 || shapes > MOST_SHAPES) {
            throw new IllegalArgumentException("shapes: " + shapes + " is not within [1, " + MOST_SHAPES + "]");
        }
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("model")) {
            Module block = block(new ParameterFactory(scope, dtype, 1));
            for (int step = 0; step < STEPS; step++) {
                int number = MOST_SHAPES - 1 - step % shapes;
                train(engine, block, Shape.of(1 + number / SIDE, 2 + number % SIDE, 8), dtype);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d shapes of %s, %d steps: process %s, ledger's peak %s, pool %s, primitives %s%n",
                    shapes,
                    dtype,
                    STEPS,
                    mebibytes(ProcessMemory.residentBytes()),
                    mebibytes(engine.ledger().peakBytes()),
                    mebibytes(engine.reservedBytes()),
                    mebibytes(engine.primitiveBytes()));
        }
    }

    private static String mebibytes(@Nullable Long bytes) {
        return bytes == null ? "?" : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
    }

    private static Module block(ParameterFactory factory) {
        return new Sequential(
                new Residual(new Sequential(new LayerNorm(factory, 8), new MultiHeadAttention(factory, 8, 2, true))),
                new Residual(new Sequential(
                        new LayerNorm(factory, 8),
                        new Linear(factory, 8, 32, true),
                        Activation.gelu(),
                        new Linear(factory, 32, 8, true))));
    }

    private static void train(Engine engine, Module block, Shape batch, DType dtype) {
        try (TensorScope step = engine.scope("step");
                Tape tape = Tape.training(step, 1)) {
            Variable x = tape.leaf(step.allocate(batch, dtype).fill(0.5));
            tape.backward(Mean.mean(block.call(x), 0, 1, 2));
        }
    }
}
