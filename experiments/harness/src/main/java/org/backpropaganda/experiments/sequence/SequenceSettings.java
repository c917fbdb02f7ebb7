package org.backpropaganda.experiments.sequence;

import java.util.SortedMap;
import java.util.TreeMap;
import org.backpropaganda.synthetic.recurrent.RecurrentMethod;

/**
 * What a run on sequences trains, and how.
 *
 * @param window steps of a sequence that are differentiated at once
 * @param batch sequences beside one another
 * @param width of the LSTM
 * @param rate of Adam, for the model
 * @param predictorRate of Adam, for what predicts
 */
public record SequenceSettings(
        CopyTask task,
        RecurrentMethod method,
        int window,
        int batch,
        int width,
        double rate,
        double predictorRate,
        long seed,
        int threads) {

    /** Numbers of a weight: itself, its gradient and two moments. */
    private static final double COPIES = 4;

    /** Bytes that it takes at the least. */
    public double leastBytes() {
        double square = (double) width * width;
        double states = 2.0 * width;
        double weights = 4 * square + (method.predicts() ? 2 * states * width : 0);
        double traces = method.decay().isPresent() ? batch * states * states * (states + 1) : 0;
        return Float.BYTES * (COPIES * weights + traces + 5.0 * batch * window * width);
    }

    /** What must be the same for a run to go on from a state. */
    public SortedMap<String, String> words() {
        SortedMap<String, String> words = new TreeMap<>();
        words.put("task", task.word());
        words.put("method", method.toString());
        words.put("window", Integer.toString(window));
        words.put("batch", Integer.toString(batch));
        words.put("width", Integer.toString(width));
        words.put("rate", Double.toString(rate));
        words.put("predictorRate", Double.toString(predictorRate));
        words.put("seed", Long.toString(seed));
        words.put("threads", Integer.toString(threads));
        return words;
    }
}
