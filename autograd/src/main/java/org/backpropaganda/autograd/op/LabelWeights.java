package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * How much a row counts in a loss against class labels: the weight of its class, and nothing if its label is the ignored
 * one. The loss is the weighted sum over rows divided by the sum of weights; it is 0 where no row counts.
 *
 * @param classes a weight for each class; none stands for ones
 * @param ignored a label, in range or not, whose rows do not count
 */
public record LabelWeights(List<Double> classes, OptionalInt ignored) {

    /** Checks that no weight is negative. */
    public LabelWeights {
        classes = List.copyOf(classes);
        Checks.require(
                classes.stream().allMatch(w -> w >= 0), "label weights", classes + " must not be negative or NaN");
    }

    /** Every row counts the same. */
    public static LabelWeights equal() {
        return new LabelWeights(List.of(), OptionalInt.empty());
    }

    /** Rows count by their class. */
    public static LabelWeights ofClasses(double... weights) {
        return new LabelWeights(Arrays.stream(weights).boxed().toList(), OptionalInt.empty());
    }

    /** Rows of a label do not count. */
    public LabelWeights ignoring(int label) {
        return new LabelWeights(classes, OptionalInt.of(label));
    }

    boolean ignores(int label) {
        return ignored.isPresent() && ignored.getAsInt() == label;
    }

    /** The weight of a class. */
    double of(int label) {
        return classes.isEmpty() ? 1 : classes.get(label);
    }

    /** The sum of the weights of all classes. */
    double sumOfClasses(int count) {
        return classes.isEmpty()
                ? count
                : classes.stream().mapToDouble(Double::doubleValue).sum();
    }

    /** One over the sum of the weights of rows, or 0 where no row counts; checks the labels. */
    double normalizer(String op, HostLoop.Row labels, int rows, int count) {
        double sum = 0;
        for (int b = 0; b < rows; b++) {
            int label = (int) labels.get(b);
            if (!ignores(label)) {
                Checks.label(op, label, b, count);
                sum += of(label);
            }
        }
        return sum == 0 ? 0 : 1 / sum;
    }

    void checkCount(String op, Shape scores) {
        Checks.require(
                classes.isEmpty() || classes.size() == scores.dim(1),
                op,
                classes.size() + " class weights do not fit scores " + scores);
    }
}
