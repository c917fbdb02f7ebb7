package org.backpropaganda.autograd.tensor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.io.SafeTensors;
import org.backpropaganda.autograd.io.Weights;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Conv2d;
import org.backpropaganda.autograd.op.MatMul;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.OneHot;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.optim.AdamW;
import org.backpropaganda.autograd.optim.Sgd;

/** Touches engines that are closed, or being closed, in a JVM that may crash over it; prints what did not throw. */
final class ClosedEngineUses {
    private static final int RACES = 6;
    private static final Shape BIG = Shape.of(1 << 20);

    private ClosedEngineUses() {}

    /** Something that is expected to throw. */
    private interface Use {
        void run() throws Exception;
    }

    /**
     * The program.
     *
     * @param args the scenario, and a file to write to
     */
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "foreign" -> foreign();
            case "closed" -> closed(Path.of(args[1]));
            default -> races(Path.of(args[1]));
        }
        System.out.println("end");
    }

    private static void refused(Class<? extends Exception> expected, String sentence, Map<String, Use> uses) {
        uses.forEach((name, use) -> {
            try {
                use.run();
                System.out.println(name + " went through");
            } catch (Exception e) {
                if (!expected.isInstance(e) || !String.valueOf(e.getMessage()).contains(sentence)) {
                    System.out.println(name + " threw " + e);
                }
            }
        });
    }

    private static void foreign() {
        try (Engine one = Engine.builder().threads(1).build()) {
            Engine two = Engine.builder().threads(1).build();
            TensorScope theirs = two.scope("theirs");
            TensorScope mine = one.scope("mine");
            Tensor t = theirs.allocate(BIG, DType.FLOAT).fill(3);
            Tensor own = mine.allocate(BIG, DType.FLOAT);
            Tape tape = Tape.training(mine, 1);
            List<Tensor> taken = new ArrayList<>();
            Map<String, Use> uses = new LinkedHashMap<>();
            uses.put("adopt", () -> taken.add(mine.adopt(t)));
            uses.put("share", () -> taken.add(mine.share(t)));
            uses.put("view", () -> taken.add(mine.view(t, Shape.of(1 << 10, 1 << 10))));
            uses.put("lease", () -> taken.add(mine.lease(t)));
            uses.put("leaf", () -> taken.add(tape.leaf(t).value()));
            uses.put("constant", () -> taken.add(tape.constant(t).value()));
            uses.put(
                    "parameter",
                    () -> taken.add(tape.parameter(new Parameter(t)).value()));
            uses.put("kernel", () -> Kernels.of(own).binary().apply(BinaryKernel.Function.ADD, own, t, own));
            uses.put("loop", () -> HostLoop.map(own, Double::sum, own, t));
            refused(IllegalArgumentException.class, "another engine", uses);
            own.copyFrom(t);
            two.close();
            double sum = taken.stream().mapToDouble(x -> x.toDoubles()[1 << 19]).sum();
            if (sum != 0 || own.toDoubles()[1 << 19] != 3) {
                System.out.println("wrong values");
            }
            refused(IllegalStateException.class, "closed", Map.of("copyFrom", () -> own.copyFrom(t)));
        }
    }

    private static void closed(Path file) {
        Engine engine = Engine.builder().threads(2).build();
        TensorScope scope = engine.scope("a");
        Tensor x = scope.allocate(Shape.of(64, 64), DType.FLOAT).fill(1);
        Tensor d = scope.allocate(Shape.of(64, 64), DType.DOUBLE).fill(1);
        Linear layer = new Linear(new ParameterFactory(scope, DType.FLOAT, 1), 64, 64, true);
        Sgd sgd = Sgd.builder(0.1).momentum(0.9).build(layer.parameterList(), scope);
        AdamW adam = AdamW.builder(0.1).build(layer.parameterList(), scope);
        Tape old = Tape.training(scope, 1);
        Variable loss = Mean.mean(layer.call(old.leaf(x)), 0, 1);
        Tape tape = Tape.training(scope, 1);
        Variable y = Tanh.tanh(layer.call(tape.leaf(x)));
        Variable last = Mean.mean(y, 0, 1);
        Gradients gradients = old.backward(loss);
        Parameter first = layer.parameterList().get(0);
        Tensor gradient = gradients.of(first);
        Kernels kernels = Kernels.of(x);
        engine.close();

        Map<String, Use> uses = new LinkedHashMap<>();
        uses.put("toDoubles", x::toDoubles);
        uses.put("set", () -> x.set(new double[64 * 64]));
        uses.put("fill", () -> x.fill(2));
        uses.put("fill from", () -> x.fill(() -> 2));
        uses.put("zero", x::zero);
        uses.put("item", () -> loss.value().item());
        uses.put("copyFrom", () -> x.copyFrom(x));
        uses.put("withArray", () -> d.withArray(a -> a.addi(1)));
        uses.put("close of a tensor", x::close);
        uses.put("become", () -> x.become(MemoryKind.INPUT));
        uses.put("share", () -> scope.share(x));
        uses.put("allocate", () -> scope.allocate(BIG, DType.FLOAT));
        uses.put("child", scope::child);
        uses.put("scope", () -> engine.scope("b"));
        uses.put("close of a scope", scope::close);
        uses.put("close", engine::close);
        uses.put("parallel", () -> engine.parallel(1, 1, (from, to) -> {}));
        uses.put("service", () -> engine.service(AutoCloseable.class, e -> () -> {}));
        uses.put("new tape", () -> Tape.training(scope, 1));
        uses.put("leaf", () -> tape.leaf(x));
        uses.put("op", () -> Tanh.tanh(y));
        uses.put("layer", () -> layer.call(y));
        uses.put("backward", () -> tape.backward(last));
        uses.put("gradient", () -> gradient.toDoubles());
        uses.put("sgd", () -> sgd.step(gradients));
        uses.put("adam", () -> adam.step(gradients));
        uses.put("kernels", () -> Kernels.of(x));
        uses.put("kernel", () -> kernels.binary().apply(BinaryKernel.Function.ADD, x, x, x));
        uses.put("loop", () -> HostLoop.map(x, Double::sum, x, x));
        uses.put("save", () -> SafeTensors.write(file, Weights.of(layer)));
        uses.put("weights", () -> first.value().toDoubles());
        refused(IllegalStateException.class, "close", uses);
        engine.trim();
        System.gc();
    }

    /** Closes engines while other threads work in them; each thread must end with an exception. */
    private static void races(Path file) throws Exception {
        Files.createFile(file);
        SplittableRandom random = new SplittableRandom(7);
        for (int race = 0; race < RACES; race++) {
            for (String work :
                    List.of("convolution", "double", "loop", "rows", "moments", "save", "values", "lend", "scopes")) {
                Engine engine = Engine.builder().threads(2).build();
                AtomicReference<Throwable> end = new AtomicReference<>();
                Use step = work(work, engine, file.resolveSibling(file.getFileName() + work));
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    threads.add(new Thread(() -> {
                        try {
                            while (true) {
                                step.run();
                            }
                        } catch (Throwable e) {
                            end.set(e);
                        }
                    }));
                }
                threads.forEach(Thread::start);
                Thread.sleep(20 + random.nextInt(60));
                engine.close();
                for (Thread thread : threads) {
                    thread.join();
                }
                if (!(end.get() instanceof IllegalStateException)) {
                    System.out.println(work + " ended with " + end.get());
                    end.get().printStackTrace(System.out);
                }
                if (engine.ledger().liveBytes() != 0) {
                    System.out.println(work + " left " + engine.ledger().liveBytes() + " bytes");
                }
            }
        }
    }

    private static Use work(String kind, Engine engine, Path file) {
        TensorScope scope = engine.scope("work");
        Tensor big = scope.allocate(Shape.of(1 << 21), DType.FLOAT).fill(1);
        Tensor doubles = scope.allocate(Shape.of(1 << 18), DType.DOUBLE).fill(1);
        return switch (kind) {
            case "convolution" -> {
                Tensor x = scope.allocate(Shape.of(8, 48, 48, 32), DType.FLOAT).fill(1);
                Tensor w = scope.allocate(Shape.of(32, 32, 3, 3), DType.FLOAT).fill(1);
                yield () -> {
                    try (Tape tape = Tape.training(engine.scope("step"), 1)) {
                        Variable y = Conv2d.conv2d(tape.leaf(x), tape.leaf(w), Window.square(3, 1, 1), 1);
                        tape.backward(Mean.mean(y, 0, 1, 2, 3));
                    }
                };
            }
            case "double" ->
                () -> {
                    try (Tape tape = Tape.inference(engine.scope("step"))) {
                        Variable x = tape.constant(scope.view(doubles, Shape.of(512, 512)));
                        MatMul.matmul(x, x);
                    }
                };
            case "loop" -> {
                Tensor out = scope.allocate(big.shape(), DType.FLOAT);
                yield () -> HostLoop.map(out, Double::sum, big, big);
            }
            case "rows" -> {
                Tensor labels = scope.allocate(Shape.of(1 << 16), DType.INT).fill(3);
                yield () -> {
                    try (TensorScope step = engine.scope("step")) {
                        OneHot.encode(step, labels, 8, DType.FLOAT);
                    }
                };
            }
            case "moments" -> {
                Tensor x = scope.view(doubles, Shape.of(1 << 12, 1 << 6));
                Tensor of = scope.allocate(Shape.of(1 << 6), DType.DOUBLE).fill(1);
                Tensor to = scope.allocate(x.shape(), DType.DOUBLE);
                // As a segment does it, outside of any op.
                yield () -> Kernels.of(x).batchNorm().forwardTraining(x, of, of, 1, to, of, of);
            }
            case "save" ->
                () -> SafeTensors.write(
                        file.resolveSibling(file.getFileName()
                                + Long.toString(Thread.currentThread().getId())),
                        Map.of("big", big));
            case "values" ->
                () -> {
                    big.fill(2);
                    big.toDoubles();
                };
            case "lend" -> () -> doubles.withArray(array -> array.addi(1));
            default ->
                () -> {
                    try (TensorScope mine = engine.scope("mine")) {
                        for (int i = 0; i < 50; i++) {
                            try (TensorScope child = mine.child("child")) {
                                mine.adopt(child.allocate(Shape.of(i + 1), DType.FLOAT)
                                        .zero());
                                mine.share(big).close();
                            }
                        }
                    }
                };
        };
    }
}
