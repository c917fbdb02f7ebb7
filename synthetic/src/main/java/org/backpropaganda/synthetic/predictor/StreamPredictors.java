package org.backpropaganda.synthetic.predictor;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;

/**
 * A predictor of the gradients of a boundary of several tensors, as the streams of a reversible module or h and c of an LSTM:
 * one predictor for each, from that tensor alone and, where it is conditioned, the labels.
 *
 * <p>Called with {@code [h1, ..., hn]}, or with {@code [h1, ..., hn, labels]} if one of them is conditioned, it returns
 * {@code [M1, ..., Mn]} and behind these what else they return. Parameters have the names of the predictors' behind their
 * numbers: {@code 0.linear.weight}.
 *
 * <pre>{@code
 * GradientPredictor ofStreams = new StreamPredictors(
 *         List.of(new ConvPredictor(factory, 32, 10), new ConvPredictor(factory, 32, 10)));
 * }</pre>
 */
public final class StreamPredictors extends GradientPredictor {
    private final List<GradientPredictor> predictors;

    /** One predictor for each tensor, of one tensor each. */
    public StreamPredictors(List<? extends GradientPredictor> predictors) {
        this.predictors = List.copyOf(predictors);
        if (predictors.isEmpty()) {
            throw new IllegalArgumentException("StreamPredictors: got no predictors; give one for each tensor");
        }
        for (int i = 0; i < predictors.size(); i++) {
            if (predictors.get(i).streams() != 1) {
                throw new IllegalArgumentException("StreamPredictors: predictor " + i + " is of "
                        + predictors.get(i).streams() + " tensors; give one of one tensor for each");
            }
            register(Integer.toString(i), predictors.get(i));
        }
    }

    /** The predictors in order. */
    public List<GradientPredictor> predictors() {
        return predictors;
    }

    @Override
    public boolean isConditioned() {
        return predictors.stream().anyMatch(GradientPredictor::isConditioned);
    }

    @Override
    public int streams() {
        return predictors.size();
    }

    @Override
    public int results() {
        return predictors.stream().mapToInt(GradientPredictor::results).sum();
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        int n = predictors.size();
        if (inputs.size() != (isConditioned() ? n + 1 : n)) {
            throw new IllegalArgumentException("StreamPredictors: called with " + inputs.size() + " inputs, takes " + n
                    + " tensors" + (isConditioned() ? " and labels" : ""));
        }
        List<Variable> predictions = new ArrayList<>();
        List<Variable> others = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            GradientPredictor predictor = predictors.get(i);
            List<Variable> results = predictor.call(
                    predictor.isConditioned() ? List.of(inputs.get(i), inputs.get(n)) : List.of(inputs.get(i)));
            predictions.add(results.get(0));
            others.addAll(results.subList(1, results.size()));
        }
        predictions.addAll(others);
        return predictions;
    }

    @Override
    public List<Slope> slopes(List<Variable> results, List<Lesson> lessons) {
        List<Slope> slopes = new ArrayList<>();
        int other = predictors.size();
        for (int i = 0; i < predictors.size(); i++) {
            int more = predictors.get(i).results() - 1;
            List<Variable> own = new ArrayList<>();
            own.add(results.get(i));
            own.addAll(results.subList(other, other + more));
            other += more;
            slopes.addAll(predictors.get(i).slopes(own, List.of(lessons.get(i))));
        }
        return slopes;
    }
}
