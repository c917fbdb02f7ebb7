package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Transposed;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * The k largest or smallest elements of each row, best first; of equal ones the first, and NaN counts as larger than any
 * number.
 *
 * <pre>
 * y[..., i] = x[..., indices[..., i]]
 * shape : x [..., C] → y [..., k]
 * saves : indices, INT [..., k]
 * vjp   : dx[..., indices[..., i]] += dy[..., i]
 * </pre>
 *
 * @param k how many, at most C
 * @param largest whether the largest are best, or the smallest
 */
public record TopK(int k, boolean largest) implements TwiceDifferentiable {
    private static final long GRAIN_ELEMENTS = 1 << 14;

    /**
     * The k largest of each row, or smallest.
     *
     * @return the elements, best first, and as the one result where they stood: INT [..., k]
     */
    public static Tape.Applied topK(Variable x, int k, boolean largest) {
        return x.tape().applyWithResults(new TopK(k, largest), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        Shape x = in.get(0).shape();
        Checks.require(x.rank() >= 1, name(), "x " + x + " has no axis to choose along");
        Checks.require(
                k >= 1 && k <= x.dim(-1), name(), k + " elements of a row of x " + x + "; k must be 1 to " + x.dim(-1));
        return in.get(0).with(x.with(-1, k));
    }

    @Override
    public Saves saves(Operands operands) {
        Shape y = infer(operands.specs()).shape();
        return Saves.none().result("indices", new TensorSpec(y, DType.INT));
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor x = call.input(0);
        Tensor indices = call.result(0);
        int columns = Math.toIntExact(x.shape().dim(-1));
        forEachRow(x, row -> {
            HostLoop.Row from = HostLoop.row(x, row, columns);
            HostLoop.Row values = HostLoop.row(call.output(), row, k);
            HostLoop.Row places = HostLoop.row(indices, row, k);
            int[] chosen = new Heap(from).best(columns);
            for (int i = 0; i < k; i++) {
                values.set(i, from.get(chosen[i]));
                places.set(i, chosen[i]);
            }
        });
    }

    private interface RowBody {
        void run(long row);
    }

    private static void forEachRow(Tensor x, RowBody body) {
        long columns = x.shape().dim(-1);
        x.engine().parallel(x.elements() / columns, Math.max(1, GRAIN_ELEMENTS / columns), (from, to) -> {
            for (long row = from; row < to; row++) {
                body.run(row);
            }
        });
    }

    /** The best places seen so far, the worst of them on top. */
    private final class Heap {
        private final HostLoop.Row values;
        private final int[] places = new int[k];
        private int size;

        Heap(HostLoop.Row values) {
            this.values = values;
        }

        int[] best(int columns) {
            for (int place = 0; place < columns; place++) {
                if (size < k) {
                    rise(size++, place);
                } else if (isBetter(place, places[0])) {
                    sink(place);
                }
            }
            while (size > 1) {
                int worst = places[0];
                sink(places[--size]);
                places[size] = worst;
            }
            return places;
        }

        private boolean isBetter(int a, int b) {
            int order = compare(values.get(a), values.get(b));
            return order == 0 ? a < b : order > 0 == largest;
        }

        /** Zeros of both signs are equal. */
        private static int compare(double a, double b) {
            return a == b ? 0 : Double.compare(a, b);
        }

        private void rise(int from, int place) {
            int at = from;
            while (at > 0 && isBetter(places[(at - 1) / 2], place)) {
                places[at] = places[(at - 1) / 2];
                at = (at - 1) / 2;
            }
            places[at] = place;
        }

        /** Puts a place in the stead of the worst one. */
        private void sink(int place) {
            int at = 0;
            for (int child = 1; child < size; child = 2 * at + 1) {
                if (child + 1 < size && isBetter(places[child], places[child + 1])) {
                    child++;
                }
                if (!isBetter(place, places[child])) {
                    break;
                }
                places[at] = places[child];
                at = child;
            }
            places[at] = place;
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.temporary(call.spec(0).shape(), call.spec(0).dtype()).zero();
        Tensor indices = call.extra(0);
        int columns = Math.toIntExact(dx.shape().dim(-1));
        forEachRow(dx, row -> {
            HostLoop.Row from = HostLoop.row(call.dy(), row, k);
            HostLoop.Row places = HostLoop.row(indices, row, k);
            HostLoop.Row to = HostLoop.row(dx, row, columns);
            for (int i = 0; i < k; i++) {
                to.set((int) places.get(i), from.get(i));
            }
        });
        call.give(0, dx);
    }

    @Override
    public void gradient(GradientCall call) {
        Shape x = call.spec(0).shape();
        Gather chosen = new Gather(x.rank() - 1);
        call.give(0, Transposed.transposed(chosen, x, call.dy(), List.of(call.extra(0))));
    }
}
