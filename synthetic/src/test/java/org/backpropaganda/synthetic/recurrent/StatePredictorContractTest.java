package org.backpropaganda.synthetic.recurrent;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

class StatePredictorContractTest extends ModuleContract {

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(ModuleCase.of("states", factory -> new StatePredictor(factory, 6, 3), Input.in(4, 6)));
    }
}
