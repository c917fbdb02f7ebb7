package org.backpropaganda.experiments.bench;

import java.util.Map;

/** A model of some library that trains on a fixed batch by gradient descent with momentum. */
public interface Trainer extends AutoCloseable {
    /** The learning rate of every trainer. */
    double LEARNING_RATE = 0.01;

    /** The momentum of every trainer. */
    double MOMENTUM = 0.9;

    /** One training step: forward, backward, update. Returns the loss before the update. */
    double step();

    /** Forward and backward from the present weights: the loss under {@code ""}, and each parameter's gradient. */
    Map<String, double[]> gradients();

    @Override
    void close();
}
