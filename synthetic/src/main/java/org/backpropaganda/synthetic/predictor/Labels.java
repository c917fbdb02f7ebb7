package org.backpropaganda.synthetic.predictor;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.OneHot;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/** What labels add to a sum: the columns of a matrix [width, classes], and nothing where a label is {@link #IGNORED}. */
final class Labels {
    /** The label that cross-entropy leaves out: PyTorch's. */
    static final int IGNORED = -100;

    private Labels() {}

    static int requireClasses(String predictor, int classes) {
        if (classes < 1) {
            throw new IllegalArgumentException(predictor + ": " + classes
                    + " classes; give at least one, or none at all to predict without labels");
        }
        return classes;
    }

    /**
     * Adds the vectors of labels, at every position of an example the same unless each has a label of its own.
     *
     * @param sum [B, ..., width]. Released
     * @param boundary what the labels belong to, [B, ..., C]
     * @param vectors classes → width
     */
    static Variable add(
            String predictor, Variable sum, Variable labels, Shape boundary, Linear vectors, int classes, long width) {
        long[] sizes = Layout.vectorSizes(predictor, boundary, labels.spec(), width);
        Tensor rows = OneHot.encode(sum.tape().scope(), labels.value(), classes, sum.dtype(), IGNORED);
        Variable oneHot = sum.tape().constant(rows);
        rows.close();
        Variable embedded = vectors.call(oneHot);
        oneHot.release();
        Variable all = Add.add(sum, Reshape.reshape(embedded, sizes));
        sum.release();
        return all;
    }
}
