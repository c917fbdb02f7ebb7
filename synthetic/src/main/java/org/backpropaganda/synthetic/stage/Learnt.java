package org.backpropaganda.synthetic.stage;

/**
 * A batch that has come to the loss.
 *
 * @param batch its number, from 0
 * @param loss the mean over the batch; NaN where there is no memory for values
 */
public record Learnt(long batch, double loss) {}
