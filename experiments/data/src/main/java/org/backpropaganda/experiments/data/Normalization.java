package org.backpropaganda.experiments.data;

import java.util.Arrays;
import java.util.Objects;

/**
 * Per-channel standardisation {@code (x − mean) / std} of image values. Immutable.
 *
 * <p>It is computed on the train set and applied to both sets when a batch is formed. A channel without any variation
 * is only centred: its std counts as 1.
 */
public final class Normalization {
    private final double[] mean;
    private final double[] std;

    private Normalization(double[] mean, double[] std) {
        this.mean = mean;
        this.std = std;
    }

    /** The normalization that changes nothing, for images of {@code channels} channels. */
    public static Normalization identity(int channels) {
        double[] ones = new double[channels];
        Arrays.fill(ones, 1);
        return new Normalization(new double[channels], ones);
    }

    /** That of known statistics, as {@link #mean} and {@link #std} tell them. The arrays are not kept. */
    static Normalization of(double[] mean, double[] std) {
        return new Normalization(mean.clone(), std.clone());
    }

    /**
     * The mean and population standard deviation of each channel over every pixel of every image, in two passes of
     * double arithmetic in index order.
     *
     * @param train the set to train on. Not modified.
     */
    public static Normalization of(Dataset train) {
        int channels = train.channels();
        double perChannel = (double) train.size() * train.height() * train.width();
        double[] mean = new double[channels];
        double[] variance = new double[channels];
        float[] image = new float[train.valuesPerImage()];
        for (int i = 0; i < train.size(); i++) {
            train.image(i, image, 0);
            for (int v = 0; v < image.length; v++) {
                mean[v % channels] += image[v];
            }
        }
        for (int c = 0; c < channels; c++) {
            mean[c] /= perChannel;
        }
        for (int i = 0; i < train.size(); i++) {
            train.image(i, image, 0);
            for (int v = 0; v < image.length; v++) {
                double deviation = image[v] - mean[v % channels];
                variance[v % channels] += deviation * deviation;
            }
        }
        double[] std = new double[channels];
        for (int c = 0; c < channels; c++) {
            double deviation = Math.sqrt(variance[c] / perChannel);
            std[c] = deviation < 1e-6 ? 1 : deviation;
        }
        return new Normalization(mean, std);
    }

    /** The number of channels C that this was computed for. */
    public int channels() {
        return mean.length;
    }

    /** The mean of one channel, in units of the image values. */
    public double mean(int channel) {
        return mean[Objects.checkIndex(channel, mean.length)];
    }

    /** The standard deviation of one channel, in units of the image values; positive. */
    public double std(int channel) {
        return std[Objects.checkIndex(channel, std.length)];
    }

    /**
     * Standardises images in place.
     *
     * @param images {@code [B, H, W, C]}, row-major. Modified.
     * @throws IllegalArgumentException if the length is not a multiple of C
     */
    public void apply(float[] images) {
        int channels = mean.length;
        if (images.length % channels != 0) {
            throw new IllegalArgumentException("normalization: " + images.length + " values are not a whole number of "
                    + channels + "-channel pixels");
        }
        for (int pixel = 0; pixel < images.length; pixel += channels) {
            for (int c = 0; c < channels; c++) {
                images[pixel + c] = (float) ((images[pixel + c] - mean[c]) / std[c]);
            }
        }
    }

    @Override
    public String toString() {
        return "mean " + Arrays.toString(mean) + ", std " + Arrays.toString(std);
    }
}
