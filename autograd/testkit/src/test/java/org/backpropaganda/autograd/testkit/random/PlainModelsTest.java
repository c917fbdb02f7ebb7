package org.backpropaganda.autograd.testkit.random;

/** Random models without any technique repeat their bits, and predict their bytes. */
class PlainModelsTest extends RandomModelContract {
    @Override
    protected java.util.List<Technique> techniques() {
        return java.util.List.of(Technique.policy("heap", HeapPolicy::new));
    }
}
