package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.Tensor;

/** An elementwise op that the kernels compute, with its derivative unless that is overridden. */
interface KernelFunction extends Elementwise {

    /** Which function. */
    EltwiseKernel.Function function();

    /** Its parameter, for functions that have one. */
    default double alpha() {
        return 0;
    }

    @Override
    default void forward(ForwardCall call) {
        call.kernels().eltwise().forward(function(), alpha(), call.input(0), call.output());
    }

    @Override
    default void df(BackwardCall call, Tensor dx) {
        EltwiseKernel eltwise = call.kernels().eltwise();
        if (keeps() == Keeps.OUTPUT) {
            eltwise.backwardFromOutput(function(), alpha(), call.output(), call.dy(), dx);
        } else {
            eltwise.backwardFromInput(function(), alpha(), call.input(0), call.dy(), dx);
        }
    }
}
