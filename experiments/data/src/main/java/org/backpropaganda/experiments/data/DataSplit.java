package org.backpropaganda.experiments.data;

import org.backpropaganda.experiments.Words;

/**
 * A set to train on and a disjoint set to test on, with the same image shape and the same classes.
 *
 * @param train the images to train on
 * @param test the images to test on
 */
public record DataSplit(Dataset train, Dataset test) {
    /**
     * Checks that the two sets belong together.
     *
     * @throws DataException if image shapes or class names differ
     */
    public DataSplit {
        ImageShape trainShape = ImageShape.of(train);
        ImageShape testShape = ImageShape.of(test);
        if (!trainShape.equals(testShape)) {
            throw new DataException("train and test images differ in [H, W, C]: " + trainShape + " in " + train.name()
                    + ", " + testShape + " in " + test.name() + "; resize one of the two");
        }
        if (!train.classNames().equals(test.classNames())) {
            throw new DataException("train and test must have the same classes: " + some(train) + " in "
                    + train.name() + ", " + some(test) + " in " + test.name()
                    + "; add or remove the class folders that differ");
        }
    }

    private static String some(Dataset data) {
        return Words.name(data.classNames().toString());
    }
}
