package org.backpropaganda.experiments.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.backpropaganda.experiments.Words;

/**
 * Collects the records of CIFAR-10 binary files, in whichever order the files come.
 *
 * <p>A record has 3,073 bytes: the label from 0 to 9, then 1,024 red, 1,024 green and 1,024 blue values, each row by
 * row for 32×32 pixels.
 *
 * <p>Source: Krizhevsky, "The CIFAR-10 dataset", binary version.
 */
final class CifarRecords {
    private static final int PIXELS = 32 * 32;
    private static final int CHANNELS = 3;
    private static final int RECORD_BYTES = 1 + CHANNELS * PIXELS;
    private static final int MAX_RECORDS = 100_000;
    private static final int MAX_NAME_BYTES = 4096;
    private static final Pattern TRAIN = Pattern.compile("data_batch_\\d{1,9}\\.bin");
    private static final String TEST = "test_batch.bin";
    private static final String NAMES = "batches.meta.txt";

    private final Path source;
    private final HeapShare heap;
    private final NavigableMap<String, Records> train =
            new TreeMap<>(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
    private final Records test = new Records();
    private List<String> classNames =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    /** The images and labels of one file or more. */
    private static final class Records {
        private final List<byte[]> images = new ArrayList<>();
        private final List<Integer> labels = new ArrayList<>();

        void addAll(Records others) {
            images.addAll(others.images);
            labels.addAll(others.labels);
        }

        Dataset dataset(String name, List<String> classNames) {
            int[] plain = labels.stream().mapToInt(Integer::intValue).toArray();
            return new ByteImages(
                    name, new ImageShape(32, 32, CHANNELS), classNames, images.toArray(byte[][]::new), plain);
        }
    }

    /** An empty collection; {@code source} is where the files come from, for messages, and {@code heap} where the images go. */
    CifarRecords(Path source, HeapShare heap) {
        this.source = source;
        this.heap = heap;
    }

    static boolean isBatch(String fileName) {
        return TRAIN.matcher(fileName).matches() || fileName.equals(TEST);
    }

    /**
     * Reads a file if its name says that it belongs to the set.
     *
     * @param name the file name, which folders may precede
     * @throws DataException if the file is empty, truncated, too large or holds a label over 9
     */
    void read(String name, InputStream content) throws IOException {
        String fileName = name.substring(name.lastIndexOf('/') + 1);
        if (TRAIN.matcher(fileName).matches()) {
            readBatch(name, content, train.computeIfAbsent(fileName, key -> new Records()));
        } else if (fileName.equals(TEST)) {
            readBatch(name, content, test);
        } else if (fileName.equals(NAMES)) {
            readNames(name, content);
        }
    }

    /**
     * What has been read.
     *
     * @throws DataException if there was no train or no test file
     */
    DataSplit split() {
        if (train.isEmpty() || test.images.isEmpty()) {
            throw new DataException("cifar10: " + source + " has no " + (train.isEmpty() ? "data_batch_1.bin" : TEST)
                    + "; fetch the whole binary version");
        }
        Records all = new Records();
        train.values().forEach(all::addAll);
        return new DataSplit(
                all.dataset("CIFAR-10 train, " + train.size() + " binary files", classNames),
                test.dataset("CIFAR-10 test, binary", classNames));
    }

    private void readBatch(String name, InputStream content, Records into) throws IOException {
        if (!into.images.isEmpty()) {
            throw new DataException(source + ": holds " + Words.name(name) + " twice; remove one of the two");
        }
        byte[] record = new byte[RECORD_BYTES];
        int bytes = content.readNBytes(record, 0, RECORD_BYTES);
        if (bytes == 0) {
            throw new DataException(where(name) + ": is empty; fetch it again");
        }
        for (int number = 0; bytes > 0; number++) {
            if (bytes < RECORD_BYTES) {
                throw new DataException(where(name) + ": record " + number + " has " + bytes + " bytes instead of "
                        + RECORD_BYTES + ", so the file is truncated or not CIFAR-10 binary; fetch it again");
            }
            if (number == MAX_RECORDS) {
                throw new DataException(where(name) + ": holds more than " + MAX_RECORDS
                        + " records, the official files 10,000; split it into smaller files");
            }
            if (record[0] < 0 || record[0] > 9) {
                throw new DataException(where(name) + ": the label of record " + number + " is " + (record[0] & 0xff)
                        + ", must be from 0 to 9; is it CIFAR-100 or another format?");
            }
            heap.take(source, 1, RECORD_BYTES);
            into.labels.add((int) record[0]);
            into.images.add(interleave(record));
            bytes = content.readNBytes(record, 0, RECORD_BYTES);
        }
    }

    private String where(String name) {
        return source + "/" + Words.name(name);
    }

    private void readNames(String name, InputStream content) throws IOException {
        String text = new String(content.readNBytes(MAX_NAME_BYTES), StandardCharsets.UTF_8);
        List<String> names =
                text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        if (names.size() != classNames.size()) {
            throw new DataException(where(name) + ": holds " + names.size()
                    + " class names, must be 10, one a line; correct or remove it");
        }
        classNames = names;
    }

    /** From label and channels {@code [3, 32, 32]} to {@code [32, 32, 3]}. */
    private static byte[] interleave(byte[] record) {
        byte[] image = new byte[CHANNELS * PIXELS];
        for (int c = 0; c < CHANNELS; c++) {
            for (int p = 0; p < PIXELS; p++) {
                image[p * CHANNELS + c] = record[1 + c * PIXELS + p];
            }
        }
        return image;
    }
}
