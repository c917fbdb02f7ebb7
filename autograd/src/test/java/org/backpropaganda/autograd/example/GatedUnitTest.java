package org.backpropaganda.autograd.example;

import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

class GatedUnitTest extends ModuleContract {
    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of("rows", factory -> new GatedUnit(factory, 4, 3), in(5, 4)),
                ModuleCase.of("sequence", factory -> new GatedUnit(factory, 4, 2), in(2, 3, 4)));
    }
}
