package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;

/**
 * The elementwise parts of recurrent cells of width H, between the matrix products. All matrices have as many rows: those
 * of a batch at one step, or of several steps. What carries a gradient of gates is that of what the gate is a function of.
 */
@Internal
public interface RecurrentKernel {

    /**
     * The state of an LSTM: {@code c = f before + i g}.
     *
     * @param gates [R, 4H]: i, f, g, o. Not modified
     * @param before [R, H]. Not modified, unless it is c
     * @param c [R, H]. Modified
     */
    void lstmState(MatrixStack gates, MatrixStack before, MatrixStack c);

    /**
     * What an LSTM says: {@code y = o tanh(c)}.
     *
     * @param gates [R, 4H]: i, f, g, o. Not modified
     * @param c [R, H], dense. Not modified
     * @param y [R, H], dense. Modified
     */
    void lstmOutput(MatrixStack gates, MatrixStack c, MatrixStack y);

    /**
     * A step of an LSTM in reverse.
     *
     * @param gates [R, 4H]: i, f, g, o, then their gradients. Modified
     * @param before c of the step before [R, H]. Not modified
     * @param squashed tanh(c) [R, H]. Not modified
     * @param dy gradient of what the cell says [R, H]. Not modified
     * @param dh gradient of the hidden state, from the step behind [R, H]. Not modified
     * @param dc gradient of c, then of {@code before} [R, H]. Modified
     */
    void lstmBackward(
            MatrixStack gates,
            MatrixStack before,
            MatrixStack squashed,
            MatrixStack dy,
            MatrixStack dh,
            MatrixStack dc);

    /**
     * A candidate of a GRU: {@code n = tanh(x's share + r hidden)}.
     *
     * @param gates [R, 3H]: r, z, x's share of n. Not modified
     * @param hidden [R, H], what the hidden state adds to n. Not modified, unless it is n
     * @param n [R, H], dense. Modified
     */
    void gruCandidate(MatrixStack gates, MatrixStack hidden, MatrixStack n);

    /**
     * A step of a GRU: {@code y = (1 − z) n + z before}.
     *
     * @param gates [R, 3H]: r, z, anything. Not modified
     * @param before [R, H]. Not modified
     * @param y [R, H]: n, then y. Modified
     */
    void gruOutput(MatrixStack gates, MatrixStack before, MatrixStack y);

    /**
     * A step of a GRU in reverse.
     *
     * @param gates [R, 3H]: r, z, anything, then the gradients of x's shares of r, z, n. Modified
     * @param hidden [R, 3H]: anything twice, then what the hidden state adds to n; then the gradients of the hidden
     *     state's shares of r, z, n. Modified
     * @param n [R, H]. Not modified
     * @param before h of the step before [R, H]. Not modified
     * @param dy gradient of what the cell says [R, H]. Not modified
     * @param dh gradient of the hidden state, from the step behind; then what goes straight to the step before [R, H]. Modified
     */
    void gruBackward(
            MatrixStack gates, MatrixStack hidden, MatrixStack n, MatrixStack before, MatrixStack dy, MatrixStack dh);

    /**
     * A step of a plain cell in reverse: {@code gates = (dy + dh) f'}, from {@code y = f(gates)}.
     *
     * @param f tanh or ReLU, whose derivative at 0 is 0; NaN lets the gradient through a ReLU
     * @param gates [R, H]. Modified
     * @param y,dy,dh [R, H]. Not modified
     */
    void plainBackward(MatmulKernel.Finish f, MatrixStack gates, MatrixStack y, MatrixStack dy, MatrixStack dh);
}
