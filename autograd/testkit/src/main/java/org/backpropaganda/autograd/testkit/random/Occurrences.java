package org.backpropaganda.autograd.testkit.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How often each feature, and each pair of techniques, has occurred in models. */
final class Occurrences {
    private final List<String> techniques;
    private final Map<Feature, Integer> features = new TreeMap<>();
    private final Map<String, Integer> sets = new TreeMap<>();
    private int models;

    Occurrences(List<Candidate> techniques) {
        this.techniques = techniques.stream().map(Candidate::name).toList();
        for (Feature feature : Feature.values()) {
            features.put(feature, 0);
        }
        for (int i = 0; i < techniques.size(); i++) {
            for (int j = i; j < techniques.size(); j++) {
                sets.put(pair(i, j), 0);
            }
        }
    }

    private String pair(int i, int j) {
        return i == j ? techniques.get(i) : techniques.get(i) + " and " + techniques.get(j);
    }

    void add(RandomModel model) {
        models++;
        model.features().forEach(feature -> features.merge(feature, 1, Integer::sum));
        List<Integer> here = new ArrayList<>();
        model.techniques().forEach(technique -> here.add(techniques.indexOf(technique.name())));
        for (int i : here) {
            for (int j : here) {
                if (i <= j) {
                    sets.merge(pair(i, j), 1, Integer::sum);
                }
            }
        }
    }

    /** Checks that each feature occurs in that part of the models, and each technique and pair that often. */
    void assertEnough(double part, int times) {
        features.forEach((feature, count) ->
                assertThat(count).as("%s in %d models", feature, models).isGreaterThanOrEqualTo((int) (part * models)));
        sets.forEach((pair, count) ->
                assertThat(count).as("%s in %d models", pair, models).isGreaterThanOrEqualTo(times));
    }

    @Override
    public String toString() {
        return models + " models, " + features + ", " + sets;
    }
}
