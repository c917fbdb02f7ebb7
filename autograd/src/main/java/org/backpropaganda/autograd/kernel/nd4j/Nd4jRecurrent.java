package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.MatmulKernel;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.kernel.RecurrentKernel;

/** Recurrent cells element by element. */
final class Nd4jRecurrent implements RecurrentKernel {

    /** Computes the element of one row and column. */
    @FunctionalInterface
    private interface Body {
        void run(long row, long column);
    }

    private static void each(MatrixStack m, Body body) {
        for (long row = 0; row < m.rows(); row++) {
            for (long column = 0; column < m.columns(); column++) {
                body.run(row, column);
            }
        }
    }

    /** A matrix of one column for each gate and element. */
    private static final class Cells {
        private final MatrixStack matrix;
        private final Doubles values;

        Cells(MatrixStack matrix) {
            this.matrix = matrix;
            this.values = new Doubles(matrix.tensor());
        }

        double get(long row, long column) {
            return values.get(matrix.offset() + row * matrix.rowStride() + column);
        }

        void set(long row, long column, double value) {
            values.set(matrix.offset() + row * matrix.rowStride() + column, value);
        }
    }

    @Override
    public void lstmState(MatrixStack gates, MatrixStack before, MatrixStack c) {
        Cells gate = new Cells(gates);
        Cells old = new Cells(before);
        Cells state = new Cells(c);
        long h = c.columns();
        each(
                c,
                (r, j) ->
                        state.set(r, j, gate.get(r, h + j) * old.get(r, j) + gate.get(r, j) * gate.get(r, 2 * h + j)));
    }

    @Override
    public void lstmOutput(MatrixStack gates, MatrixStack c, MatrixStack y) {
        Cells gate = new Cells(gates);
        Cells state = new Cells(c);
        Cells out = new Cells(y);
        long h = c.columns();
        each(y, (r, j) -> out.set(r, j, gate.get(r, 3 * h + j) * Math.tanh(state.get(r, j))));
    }

    @Override
    public void lstmBackward(
            MatrixStack gates,
            MatrixStack before,
            MatrixStack squashed,
            MatrixStack dy,
            MatrixStack dh,
            MatrixStack dc) {
        Cells gate = new Cells(gates);
        Cells old = new Cells(before);
        Cells tanh = new Cells(squashed);
        Cells above = new Cells(dy);
        Cells behind = new Cells(dh);
        Cells state = new Cells(dc);
        long h = dc.columns();
        each(dc, (r, j) -> {
            double i = gate.get(r, j);
            double f = gate.get(r, h + j);
            double g = gate.get(r, 2 * h + j);
            double o = gate.get(r, 3 * h + j);
            double s = tanh.get(r, j);
            double d = above.get(r, j) + behind.get(r, j);
            double ofState = state.get(r, j) + d * o * (1 - s * s);
            gate.set(r, j, ofState * g * i * (1 - i));
            gate.set(r, h + j, ofState * old.get(r, j) * f * (1 - f));
            gate.set(r, 2 * h + j, ofState * i * (1 - g * g));
            gate.set(r, 3 * h + j, d * s * o * (1 - o));
            state.set(r, j, ofState * f);
        });
    }

    @Override
    public void gruCandidate(MatrixStack gates, MatrixStack hidden, MatrixStack n) {
        Cells gate = new Cells(gates);
        Cells share = new Cells(hidden);
        Cells candidate = new Cells(n);
        long h = n.columns();
        each(n, (r, j) -> candidate.set(r, j, Math.tanh(gate.get(r, 2 * h + j) + gate.get(r, j) * share.get(r, j))));
    }

    @Override
    public void gruOutput(MatrixStack gates, MatrixStack before, MatrixStack y) {
        Cells gate = new Cells(gates);
        Cells old = new Cells(before);
        Cells out = new Cells(y);
        long h = y.columns();
        each(y, (r, j) -> {
            double z = gate.get(r, h + j);
            out.set(r, j, (1 - z) * out.get(r, j) + z * old.get(r, j));
        });
    }

    @Override
    public void gruBackward(
            MatrixStack gates, MatrixStack hidden, MatrixStack n, MatrixStack before, MatrixStack dy, MatrixStack dh) {
        Cells gate = new Cells(gates);
        Cells share = new Cells(hidden);
        Cells candidate = new Cells(n);
        Cells old = new Cells(before);
        Cells above = new Cells(dy);
        Cells behind = new Cells(dh);
        long h = dh.columns();
        each(dh, (row, j) -> {
            double r = gate.get(row, j);
            double z = gate.get(row, h + j);
            double m = candidate.get(row, j);
            double d = above.get(row, j) + behind.get(row, j);
            double dn = d * (1 - z) * (1 - m * m);
            double dr = dn * share.get(row, 2 * h + j) * r * (1 - r);
            double dz = d * (old.get(row, j) - m) * z * (1 - z);
            gate.set(row, j, dr);
            gate.set(row, h + j, dz);
            gate.set(row, 2 * h + j, dn);
            share.set(row, j, dr);
            share.set(row, h + j, dz);
            share.set(row, 2 * h + j, dn * r);
            behind.set(row, j, d * z);
        });
    }

    @Override
    public void plainBackward(MatmulKernel.Finish f, MatrixStack gates, MatrixStack y, MatrixStack dy, MatrixStack dh) {
        Cells gate = new Cells(gates);
        Cells out = new Cells(y);
        Cells above = new Cells(dy);
        Cells behind = new Cells(dh);
        each(gates, (r, j) -> {
            double value = out.get(r, j);
            double d = above.get(r, j) + behind.get(r, j);
            gate.set(r, j, f == MatmulKernel.Finish.TANH ? d * (1 - value * value) : value <= 0 ? 0 : d);
        });
    }
}
