package org.backpropaganda.autograd.tensor;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.Conv2d;
import org.backpropaganda.autograd.op.Mean;

/** Opens engines under a limit on address space, and takes all memory that it leaves. */
final class ManyEngines {
    private ManyEngines() {}

    /** The program. */
    public static void main(String[] args) {
        List<Engine> open = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Engine engine = Engine.builder().threads(2).build();
            open.add(engine);
            convolve(engine);
        }
        TensorScope scope = open.get(0).scope("all");
        try {
            while (true) {
                scope.allocate(Shape.of(1 << 26), DType.FLOAT);
            }
        } catch (OutOfMemoryError e) {
            System.out.println(e.getMessage());
        }
        scope.close();
        convolve(open.get(3));
        open.forEach(Engine::close);
        System.out.println("end");
    }

    private static void convolve(Engine engine) {
        try (TensorScope scope = engine.scope("step");
                Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(
                    scope.allocate(Shape.of(4, 16, 16, 8), DType.FLOAT).fill(1));
            Variable w =
                    tape.leaf(scope.allocate(Shape.of(8, 8, 3, 3), DType.FLOAT).fill(1));
            Variable loss = Mean.mean(Conv2d.conv2d(x, w, Window.square(3, 1, 0), 1), 0, 1, 2, 3);
            tape.backward(loss);
            if (loss.value().item() != 72) {
                throw new AssertionError(loss.value());
            }
        }
    }
}
