package org.backpropaganda.reversible.exact;

import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.abn.InPlaceAbn;

/** What couplings are made of, and the shape of their streams. */
enum Functions {
    DENSE {
        @Override
        Shape shape() {
            return Shape.of(37, 24);
        }

        @Override
        Module of(ParameterFactory factory) {
            return new Sequential(
                    new Linear(factory, 24, 24, true),
                    new BatchNorm(factory, 24),
                    Activation.relu(),
                    new Dropout(0.2),
                    new Linear(factory, 24, 24, true));
        }
    },
    CONVOLUTION {
        @Override
        Shape shape() {
            return Shape.of(4, 8, 8, 8);
        }

        @Override
        Module of(ParameterFactory factory) {
            return new Sequential(
                    new BatchNorm(factory, 8),
                    Activation.relu(),
                    new Conv2d(factory, 8, 8, Window.square(3, 1, 1), true),
                    new Dropout(0.1));
        }
    },
    /** An in-place norm first: the stream that it reads is held. */
    IN_PLACE_NORM {
        @Override
        Shape shape() {
            return Shape.of(16, 6);
        }

        @Override
        Module of(ParameterFactory factory) {
            return new Sequential(new InPlaceAbn(factory, 6, 0.1), new Linear(factory, 6, 6, true));
        }
    },
    /** Read twice, an input gets two gradients: their sum is added to the stream's, not one after the other. */
    READING_TWICE {
        @Override
        Shape shape() {
            return Shape.of(16, 6);
        }

        @Override
        Module of(ParameterFactory factory) {
            return new Sequential(
                    new Residual(new Sequential(new Linear(factory, 6, 6, true), Activation.tanh())),
                    new BatchNorm(factory, 6));
        }
    };

    abstract Shape shape();

    abstract Module of(ParameterFactory factory);
}
