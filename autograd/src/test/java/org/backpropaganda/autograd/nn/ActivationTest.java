package org.backpropaganda.autograd.nn;

import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

class ActivationTest extends ModuleContract {
    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of("relu", factory -> Activation.relu(), in(3, 5).awayFromZero()),
                ModuleCase.of("elu", factory -> Activation.elu(1), in(3, 5).awayFromZero()),
                ModuleCase.of("sigmoid", factory -> Activation.sigmoid(), in(3, 5)),
                ModuleCase.of("tanh", factory -> Activation.tanh(), in(3, 5)),
                ModuleCase.of("gelu", factory -> Activation.gelu(), in(3, 5)),
                ModuleCase.of("geluTanh", factory -> Activation.geluTanh(), in(3, 5)),
                ModuleCase.of("silu", factory -> Activation.silu(), in(3, 5)),
                ModuleCase.of("softplus", factory -> Activation.softplus(), in(3, 5)),
                ModuleCase.of("hardswish", factory -> Activation.hardswish(), in(3, 5)));
    }
}
