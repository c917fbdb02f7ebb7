package org.backpropaganda.experiments.model;

import java.util.Map;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.reversible.abn.InPlaceAbn;

/**
 * A batch norm and the leaky ReLU behind it: two layers, or one.
 *
 * @param number of the activation in its model
 * @param norm,activation the layers
 */
record NormPair(int number, BatchNorm norm, LeakyRelu activation) {

    /** Adds the layers to a sequence under {@code norm} and {@code act} and the given suffix. */
    void addTo(Map<String, Module> links, String suffix, boolean abn, Taps taps) {
        boolean together = abn || norm.isRectified();
        Module last = abn ? InPlaceAbn.fusing(norm, activation) : together ? norm : activation;
        Module tapped = new Tapped(last, result -> taps.signs().note(number, result));
        if (together) {
            links.put("norm" + suffix, tapped);
        } else {
            links.put("norm" + suffix, norm);
            links.put("act" + suffix, tapped);
        }
    }
}
