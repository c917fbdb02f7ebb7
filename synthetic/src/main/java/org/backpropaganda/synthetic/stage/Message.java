package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * What one stage sends to another: the tensors of a boundary, and whose batch they are. Whoever takes it closes it.
 *
 * @param batch number of the batch
 * @param values at the boundary: results on the way down, results come back on the way up where they are asked for
 * @param gradients of the values; none on the way down, null for one that has none
 * @param labels of the batch, on the way down
 */
record Message(
        long batch,
        List<Tensor> values,
        List<@Nullable Tensor> gradients,
        @Nullable Tensor labels) implements AutoCloseable {

    /** Results on the way to the next stage. */
    static Message down(long batch, List<Tensor> values, @Nullable Tensor labels) {
        return new Message(batch, values, List.of(), labels);
    }

    /** Gradients on the way to the stage before. */
    static Message up(long batch, List<Tensor> values, List<@Nullable Tensor> gradients) {
        return new Message(batch, values, gradients, null);
    }

    /** Shares of tensors in a scope that lives as long as messages do. */
    static List<Tensor> shares(TensorScope mail, List<Tensor> tensors) {
        List<Tensor> all = new ArrayList<>(tensors.size());
        tensors.forEach(tensor -> all.add(mail.share(tensor)));
        return all;
    }

    /** Packs it up; it stays whole. */
    void pack(Luggage luggage) {
        luggage.put("batch", batch);
        luggage.put("values", values);
        luggage.put("gradients", gradients);
        luggage.put("labels", labels);
    }

    /** Unpacks one into the scope of what is under way. */
    static Message unpack(Luggage luggage, TensorScope mail) {
        return new Message(
                luggage.numbers("batch")[0],
                luggage.whole("values", mail),
                luggage.list("gradients", mail),
                luggage.tensor("labels", mail));
    }

    /** Bytes of its tensors. */
    long bytes() {
        long sum = values.stream().mapToLong(Tensor::bytes).sum();
        for (Tensor gradient : gradients) {
            sum += gradient == null ? 0 : gradient.bytes();
        }
        return sum;
    }

    @Override
    public void close() {
        values.forEach(Message::close);
        gradients.forEach(Message::close);
        close(labels);
    }

    private static void close(@Nullable Tensor tensor) {
        if (tensor != null && !tensor.isClosed()) {
            tensor.close();
        }
    }
}
