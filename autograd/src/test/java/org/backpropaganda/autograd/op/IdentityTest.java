package org.backpropaganda.autograd.op;

import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;

class IdentityTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(OpCase.of(new Identity(), in()), OpCase.of(new Identity(), in(2, 3)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Identity(), spec(2), spec(2)));
    }
}
