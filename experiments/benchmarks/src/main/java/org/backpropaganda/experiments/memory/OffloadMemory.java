package org.backpropaganda.experiments.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import org.backpropaganda.autograd.graph.Gradients;
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
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.offload.OffloadFile;
import org.backpropaganda.checkpointing.offload.OffloadPolicy;
import org.backpropaganda.experiments.process.ChildJvm;
import org.backpropaganda.experiments.process.ChildProgram;
import org.backpropaganda.experiments.run.ProcessMemory;

/**
 * Trains 24 layers {@code Linear(256, 256), tanh} on a batch of 8,192, whose saved tensors are 8 MiB each, in two fresh
 * processes: one keeps what is saved in memory, the other in a file. Prints what the ledger and the system say of each, and
 * whether all gradients have the same bits.
 */
public final class OffloadMemory {
    private static final int DEPTH = 24;
    private static final int WIDTH = 256;
    private static final int BATCH = 8192;
    private static final int STEPS = 3;
    private static final long SAMPLE_MILLIS = 5;
    private static final double MEBIBYTE = 1 << 20;

    private OffloadMemory() {}

    /**
     * The program.
     *
     * @param args the directory of the file, on a disk
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            System.out.println("give a directory for the file");
            return;
        }
        Map<String, String> plain = told(List.of());
        Map<String, String> offloaded = told(List.of("--directory", args[0]));
        System.out.printf(Locale.ROOT, "%-28s %12s %12s %12s%n", "MiB", "plain", "offloaded", "less");
        for (String name : List.of("ledger peak", "offloaded peak", "pool peak", "anonymous peak")) {
            double without = Long.parseLong(plain.get(name)) / MEBIBYTE;
            double with = Long.parseLong(offloaded.get(name)) / MEBIBYTE;
            System.out.printf(Locale.ROOT, "%-28s %12.1f %12.1f %12.1f%n", name, without, with, without - with);
        }
        System.out.println("gradients: "
                + (Objects.equals(plain.get("gradients"), offloaded.get("gradients"))
                        ? "the same bits"
                        : "DIFFERENT BITS"));
        System.out.println(offloaded.get("report"));
    }

    private static Map<String, String> told(List<String> arguments) throws IOException {
        Path log = Files.createTempFile("offload", ".log");
        Map<String, String> told = new HashMap<>();
        ChildJvm child = new ChildJvm(Child.class, 1, log);
        int code = child.run(arguments, line -> {
            int at = line.indexOf(": ");
            told.put(line.substring(0, Math.max(0, at)), line.substring(at + 2));
        });
        if (code != 0) {
            throw new IOException(child.failure(code));
        }
        Files.delete(log);
        return told;
    }

    /** One of the two processes. */
    static final class Child {
        private Child() {}

        /** Offloads where it is told where to. */
        public static void main(String[] args) {
            System.exit(ChildProgram.run(args, arguments -> {
                if (arguments.find("directory").isPresent()) {
                    try (OffloadFile file =
                            OffloadFile.in(arguments.path("directory")).open()) {
                        train(OffloadPolicy.to(file));
                        System.out.println("report: " + file.report());
                    }
                } else {
                    train(SavedTensorPolicy.keep());
                }
            }));
        }

        private static void train(SavedTensorPolicy policy) throws InterruptedException {
            try (Engine engine = Engine.builder().threads(1).build();
                    TensorScope scope = engine.scope("")) {
                Module model = model(new ParameterFactory(scope, DType.FLOAT, 1));
                Sampler sampler = new Sampler();
                CRC32 gradients = new CRC32();
                for (int i = 0; i < STEPS; i++) {
                    if (i == 1) {
                        engine.trim();
                        engine.resetPeaks();
                        sampler.start();
                    }
                    step(scope, model, policy, gradients);
                }
                sampler.end();
                System.out.println("ledger peak: " + engine.ledger().peakBytes());
                System.out.println("offloaded peak: " + engine.ledger().peakOffloadedBytes());
                System.out.println("pool peak: " + engine.peakReservedBytes());
                System.out.println("anonymous peak: " + sampler.peakBytes);
                System.out.println("gradients: " + gradients.getValue());
            }
        }

        private static Module model(ParameterFactory factory) {
            List<Module> layers = new ArrayList<>();
            for (int i = 0; i < DEPTH; i++) {
                layers.add(new Linear(factory, WIDTH, WIDTH, true));
                layers.add(Activation.tanh());
            }
            return new Sequential(layers);
        }

        private static void step(TensorScope root, Module model, SavedTensorPolicy policy, CRC32 sum) {
            try (TensorScope scope = root.child();
                    Tape tape = Tape.builder(scope).policy(policy).build()) {
                double[] next = {0};
                Tensor batch = scope.allocate(Shape.of(BATCH, WIDTH), DType.FLOAT, MemoryKind.INPUT)
                        .fill(() -> Math.sin(next[0]++));
                Variable loss = Ops.mean(Ops.square(model.call(tape.constant(batch))));
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameters().values().forEach(parameter -> {
                        Tensor gradient = Objects.requireNonNull(gradients.of(parameter));
                        sum.update(gradient.buffer(0, (int) gradient.bytes()));
                    });
                }
            }
        }
    }

    /** The most anonymous resident bytes that are seen. */
    private static final class Sampler extends Thread {
        private volatile boolean ended;
        private long peakBytes;

        Sampler() {
            super("resident bytes");
            setDaemon(true);
        }

        @Override
        public void run() {
            while (!ended) {
                Long bytes = ProcessMemory.anonymousBytes();
                peakBytes = Math.max(peakBytes, bytes == null ? 0 : bytes);
                try {
                    Thread.sleep(SAMPLE_MILLIS);
                } catch (InterruptedException e) {
                    ended = true;
                }
            }
        }

        void end() throws InterruptedException {
            ended = true;
            join();
        }
    }
}
