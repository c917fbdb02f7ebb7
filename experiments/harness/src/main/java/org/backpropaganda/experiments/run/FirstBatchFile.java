package org.backpropaganda.experiments.run;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A file of what the first batch left: the gradient of each parameter by name, and the signs of each activation. Written
 * and compared one parameter at a time, so that neither lifts the memory of the run that is measured.
 */
final class FirstBatchFile {
    private FirstBatchFile() {}

    static void write(Path file, Map<String, Parameter> parameters, Gradients gradients, Map<Integer, BitSet> signs)
            throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeInt(parameters.size());
            for (Map.Entry<String, Parameter> entry : parameters.entrySet()) {
                Tensor gradient = gradients.of(entry.getValue());
                double[] values = gradient == null ? new double[0] : gradient.toDoubles();
                out.writeUTF(entry.getKey());
                out.writeInt(values.length);
                for (double value : values) {
                    out.writeDouble(value);
                }
            }
            out.writeInt(signs.size());
            for (Map.Entry<Integer, BitSet> entry : signs.entrySet()) {
                byte[] bytes = entry.getValue().toByteArray();
                out.writeInt(entry.getKey());
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        }
    }

    /** Compares a run's file with that of plain backpropagation. */
    static RunResult.GradientFidelity compare(Path run, Path reference) throws IOException {
        try (DataInputStream mine = open(run);
                DataInputStream theirs = open(reference)) {
            Worst worst = new Worst();
            int parameters = theirs.readInt();
            if (mine.readInt() != parameters) {
                throw new IOException("the reference has another number of parameters");
            }
            for (int i = 0; i < parameters; i++) {
                String name = theirs.readUTF();
                if (!mine.readUTF().equals(name)) {
                    throw new IOException("the reference has a parameter " + name + " that the run has not");
                }
                double[] g0 = values(theirs);
                double[] g = values(mine);
                if (g0.length > 0) {
                    worst.add(name, g.length > 0 ? g : new double[g0.length], g0);
                }
            }
            return new RunResult.GradientFidelity(
                    worst.error, worst.cosine, worst.name, worst.differing, flips(mine, theirs), worst.layers());
        }
    }

    private static DataInputStream open(Path file) throws IOException {
        return new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
    }

    private static double[] values(DataInputStream in) throws IOException {
        double[] values = new double[in.readInt()];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readDouble();
        }
        return values;
    }

    private static long flips(DataInputStream mine, DataInputStream theirs) throws IOException {
        long flips = 0;
        int count = theirs.readInt();
        if (mine.readInt() != count) {
            throw new IOException("the reference has another number of activations");
        }
        for (int i = 0; i < count; i++) {
            BitSet signs = signs(mine, i);
            signs.xor(signs(theirs, i));
            flips += signs.cardinality();
        }
        return flips;
    }

    private static BitSet signs(DataInputStream in, int expected) throws IOException {
        int number = in.readInt();
        if (number != expected) {
            throw new IOException("signs of activation " + number + " where " + expected + " was expected");
        }
        return BitSet.valueOf(in.readNBytes(in.readInt()));
    }

    /** Parameter by parameter; a reference of zeros has no relative error. */
    private static final class Worst {
        private final Map<String, GradientComparison.Difference> differences = new LinkedHashMap<>();
        private @Nullable Double error;
        private @Nullable Double cosine;
        private @Nullable String name;
        private long differing;

        void add(String parameter, double[] g, double[] g0) {
            for (int i = 0; i < g0.length; i++) {
                differing += Double.doubleToRawLongBits(g[i]) == Double.doubleToRawLongBits(g0[i]) ? 0 : 1;
            }
            GradientComparison.Difference difference = GradientComparison.of(
                            Map.of(parameter, g), Map.of(parameter, g0))
                    .total();
            differences.put(parameter, difference);
            Double relative = difference.relativeError();
            if (relative == null) {
                return;
            }
            if (error == null || (!error.isNaN() && !(relative <= error))) {
                error = relative;
                name = parameter;
            }
            double angle = cosine(difference);
            cosine = cosine == null ? angle : Math.min(cosine, angle);
        }

        private static double cosine(GradientComparison.Difference difference) {
            Double angle = difference.cosine();
            return angle == null ? 0 : angle;
        }

        Map<String, RunResult.Layer> layers() {
            Map<String, RunResult.Layer> differ = new LinkedHashMap<>();
            GradientComparison.byLayer(differences).forEach((path, difference) -> {
                if (difference.distance() != 0) {
                    Double relative = difference.relativeError();
                    boolean told = relative != null && Double.isFinite(relative);
                    differ.put(path, new RunResult.Layer(told ? relative : null, told ? cosine(difference) : null));
                }
            });
            return differ;
        }
    }
}
