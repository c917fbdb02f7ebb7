package org.backpropaganda.experiments.data;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A split and its normalization in one file, as one process hands them to another that is to compute the same bits: sets are
 * decoded, and their statistics summed, once.
 *
 * <p>Cost: a byte a value where the set has bytes, as all of this package have, 4 where it has floats, and 4 bytes a label:
 * 184 MB for CIFAR-10. Whoever reads it holds as much on the heap as whoever opens the set.
 */
public final class SplitFile {
    private static final int MAGIC = 0x53504c31;
    private static final int BYTES = 0;
    private static final int FLOATS = 1;

    private SplitFile() {}

    /**
     * What a file has.
     *
     * @param split the images
     * @param normalization as it was given
     */
    public record Content(DataSplit split, Normalization normalization) {}

    /** Writes a split and its normalization. Neither is modified. */
    public static void write(Path file, Content content) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeInt(MAGIC);
            Normalization normalization = content.normalization();
            out.writeInt(normalization.channels());
            for (int c = 0; c < normalization.channels(); c++) {
                out.writeDouble(normalization.mean(c));
                out.writeDouble(normalization.std(c));
            }
            write(out, content.split().train());
            write(out, content.split().test());
        }
    }

    private static void write(DataOutputStream out, Dataset data) throws IOException {
        text(out, data.name());
        for (int size : new int[] {data.size(), data.height(), data.width(), data.channels(), data.classes()}) {
            out.writeInt(size);
        }
        for (String name : data.classNames()) {
            text(out, name);
        }
        out.writeInt(data instanceof ByteImages ? BYTES : FLOATS);
        float[] values = new float[data.valuesPerImage()];
        ByteBuffer floats = ByteBuffer.allocate(Float.BYTES * values.length);
        for (int i = 0; i < data.size(); i++) {
            out.writeInt(data.label(i));
            if (data instanceof ByteImages bytes) {
                out.write(bytes.bytes(i));
            } else {
                data.image(i, values, 0);
                floats.asFloatBuffer().put(values);
                out.write(floats.array());
            }
        }
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws DataException if the file is none of these, is cut short, or does not fit into the heap
     */
    public static Content read(Path file) {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readInt() != MAGIC) {
                throw new DataException(file + ": is no file of a split; give one that a comparison wrote");
            }
            double[] mean = new double[in.readInt()];
            double[] std = new double[mean.length];
            for (int c = 0; c < mean.length; c++) {
                mean[c] = in.readDouble();
                std[c] = in.readDouble();
            }
            HeapShare heap = HeapShare.ofThisJvm();
            Dataset train = read(in, file, heap);
            return new Content(new DataSplit(train, read(in, file, heap)), Normalization.of(mean, std));
        } catch (IOException e) {
            throw DataException.unreadable(file, e);
        }
    }

    private static Dataset read(DataInputStream in, Path file, HeapShare heap) throws IOException {
        String name = text(in);
        int size = in.readInt();
        ImageShape shape = new ImageShape(in.readInt(), in.readInt(), in.readInt());
        int classes = in.readInt();
        List<String> classNames = new ArrayList<>();
        for (int k = 0; k < classes; k++) {
            classNames.add(text(in));
        }
        boolean floats = in.readInt() == FLOATS;
        int length = shape.values() * (floats ? Float.BYTES : Byte.BYTES);
        heap.takeLabels(file, size);
        heap.take(file, size, length);
        int[] labels = new int[size];
        byte[][] bytes = new byte[floats ? 0 : size][];
        float[][] values = new float[floats ? size : 0][];
        for (int i = 0; i < size; i++) {
            labels[i] = in.readInt();
            byte[] image = new byte[length];
            in.readFully(image);
            if (floats) {
                values[i] = new float[shape.values()];
                ByteBuffer.wrap(image).asFloatBuffer().get(values[i]);
            } else {
                bytes[i] = image;
            }
        }
        return floats
                ? new FloatImages(name, shape, classNames, values, labels)
                : new ByteImages(name, shape, classNames, bytes, labels);
    }

    private static String text(DataInputStream in) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
