package org.backpropaganda.synthetic.zeroth;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;

/**
 * {@code mezo}: the model learns by two forward passes a step along a random direction, or along {@code samples} of them, and no
 * backward: {@link MezoTrained}.
 */
public final class MezoTechnique implements Technique {
    private static final String SAMPLES = "samples=";

    private final int samples;

    /** Along one direction a step. */
    public MezoTechnique() {
        this(1);
    }

    private MezoTechnique(int samples) {
        this.samples = samples;
    }

    @Override
    public String name() {
        return "mezo";
    }

    @Override
    public String term() {
        return samples == 1 ? name() : name() + ":" + SAMPLES + samples;
    }

    @Override
    public List<Usage> usages() {
        return List.of(
                Usage.of(
                        this,
                        "learns by forward passes along a random direction, at the learning rate over the number of weights"),
                new Usage(name() + ":" + SAMPLES + "N", "takes the mean of N directions a step"));
    }

    @Override
    public Technique with(String argument) {
        try {
            int number = argument.startsWith(SAMPLES) ? Integer.parseInt(argument.substring(SAMPLES.length())) : 0;
            if (number >= 1) {
                return new MezoTechnique(number);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(takes(), e);
        }
        throw new IllegalArgumentException(takes());
    }

    private static String takes() {
        return "it takes " + SAMPLES + "N, of 1 direction a step or more";
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.APPROXIMATE;
    }

    @Override
    public Level level() {
        return Level.MODEL;
    }

    @Override
    public boolean isUsual() {
        return false;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return Optional.empty();
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        return new Composite(List.of(structure), built -> new MezoTrained(built.get(0), samples));
    }
}
