package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_inference;

import org.backpropaganda.autograd.kernel.FloatRows;
import org.backpropaganda.autograd.kernel.MatmulKernel;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.kernel.RecurrentKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * Recurrent cells in loops over rows, where the compiler vectorises; tanh is oneDNN's. Not oneDNN's own primitives for LSTM
 * and GRU: version 3.11 trains them by its reference implementation, which holds a workspace of about 16 numbers for each
 * that a cell says.
 */
final class OneDnnRecurrent implements RecurrentKernel {
    /** Elements that are worth another thread. */
    private static final long GRAIN = 1 << 17;

    private final OneDnn oneDnn;

    OneDnnRecurrent(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private static void run(int written, FloatRows.Body body, MatrixStack... matrices) {
        FloatRows.run(GRAIN, written, 0, body, matrices);
    }

    @Override
    public void lstmState(MatrixStack gates, MatrixStack before, MatrixStack c) {
        run(1, rows -> lstmState(rows[0], rows[1], rows[2]), c, before, gates);
    }

    private static void lstmState(float[] c, float[] before, float[] gates) {
        int h = c.length;
        for (int i = 0; i < h; i++) {
            c[i] = gates[h + i] * before[i] + gates[i] * gates[2 * h + i];
        }
    }

    @Override
    public void lstmOutput(MatrixStack gates, MatrixStack c, MatrixStack y) {
        tanh(c, y);
        run(1, rows -> multiply(rows[0], rows[1]), y, gates.columns(3 * y.columns(), y.columns()));
    }

    private static void multiply(float[] y, float[] by) {
        for (int i = 0; i < y.length; i++) {
            y[i] *= by[i];
        }
    }

    @Override
    public void lstmBackward(
            MatrixStack gates,
            MatrixStack before,
            MatrixStack squashed,
            MatrixStack dy,
            MatrixStack dh,
            MatrixStack dc) {
        run(
                2,
                rows -> lstmBackward(rows[0], rows[1], rows[2], rows[3], rows[4], rows[5]),
                gates,
                dc,
                before,
                squashed,
                dy,
                dh);
    }

    private static void lstmBackward(
            float[] gates, float[] dc, float[] before, float[] squashed, float[] dy, float[] dh) {
        int h = dc.length;
        for (int j = 0; j < h; j++) {
            float i = gates[j];
            float f = gates[h + j];
            float g = gates[2 * h + j];
            float o = gates[3 * h + j];
            float s = squashed[j];
            float d = dy[j] + dh[j];
            float state = dc[j] + d * o * (1 - s * s);
            gates[j] = state * g * i * (1 - i);
            gates[h + j] = state * before[j] * f * (1 - f);
            gates[2 * h + j] = state * i * (1 - g * g);
            gates[3 * h + j] = d * s * o * (1 - o);
            dc[j] = state * f;
        }
    }

    @Override
    public void gruCandidate(MatrixStack gates, MatrixStack hidden, MatrixStack n) {
        run(1, rows -> gruCandidate(rows[0], rows[1], rows[2]), n, hidden, gates);
        tanh(n, n);
    }

    private static void gruCandidate(float[] n, float[] hidden, float[] gates) {
        int h = n.length;
        for (int i = 0; i < h; i++) {
            n[i] = gates[2 * h + i] + gates[i] * hidden[i];
        }
    }

    @Override
    public void gruOutput(MatrixStack gates, MatrixStack before, MatrixStack y) {
        run(1, rows -> gruOutput(rows[0], rows[1], rows[2]), y, before, gates);
    }

    private static void gruOutput(float[] y, float[] before, float[] gates) {
        int h = y.length;
        for (int i = 0; i < h; i++) {
            float z = gates[h + i];
            y[i] = (1 - z) * y[i] + z * before[i];
        }
    }

    @Override
    public void gruBackward(
            MatrixStack gates, MatrixStack hidden, MatrixStack n, MatrixStack before, MatrixStack dy, MatrixStack dh) {
        run(
                3,
                rows -> gruBackward(rows[0], rows[1], rows[2], rows[3], rows[4], rows[5]),
                gates,
                hidden,
                dh,
                n,
                before,
                dy);
    }

    private static void gruBackward(float[] gates, float[] hidden, float[] dh, float[] n, float[] before, float[] dy) {
        int h = dh.length;
        for (int i = 0; i < h; i++) {
            float r = gates[i];
            float z = gates[h + i];
            float m = n[i];
            float d = dy[i] + dh[i];
            float dn = d * (1 - z) * (1 - m * m);
            float dr = dn * hidden[2 * h + i] * r * (1 - r);
            float dz = d * (before[i] - m) * z * (1 - z);
            gates[i] = dr;
            gates[h + i] = dz;
            gates[2 * h + i] = dn;
            hidden[i] = dr;
            hidden[h + i] = dz;
            hidden[2 * h + i] = dn * r;
            dh[i] = d * z;
        }
    }

    @Override
    public void plainBackward(MatmulKernel.Finish f, MatrixStack gates, MatrixStack y, MatrixStack dy, MatrixStack dh) {
        boolean tanh = f == MatmulKernel.Finish.TANH;
        run(
                1,
                rows -> {
                    if (tanh) {
                        tanhBackward(rows[0], rows[1], rows[2], rows[3]);
                    } else {
                        reluBackward(rows[0], rows[1], rows[2], rows[3]);
                    }
                },
                gates,
                y,
                dy,
                dh);
    }

    private static void tanhBackward(float[] gates, float[] y, float[] dy, float[] dh) {
        for (int i = 0; i < gates.length; i++) {
            gates[i] = (dy[i] + dh[i]) * (1 - y[i] * y[i]);
        }
    }

    private static void reluBackward(float[] gates, float[] y, float[] dy, float[] dh) {
        for (int i = 0; i < gates.length; i++) {
            gates[i] = y[i] <= 0 ? 0 : dy[i] + dh[i];
        }
    }

    private record Key(long elements) {}

    private void tanh(MatrixStack x, MatrixStack y) {
        Primitive primitive = oneDnn.acquire(new Key(x.rows() * x.columns()), OneDnnRecurrent::compile);
        try {
            primitive.executeAt(address(x), address(y));
        } finally {
            primitive.release();
        }
    }

    private static long address(MatrixStack m) {
        return m.tensor().address() + m.offset() * Float.BYTES;
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        dnnl_memory_desc x = builder.dense(Shape.of(key.elements));
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_eltwise_forward_primitive_desc_create(
                desc, builder.cpu(), dnnl_forward_inference, dnnl_eltwise_tanh, x, x, 0, 0, builder.attributes(false));
        return builder.compile("tanh", status, desc, DNNL_ARG_SRC, DNNL_ARG_DST);
    }
}
