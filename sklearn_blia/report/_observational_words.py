"""What stands on the page of an audit without canaries for those who never saw one."""

STATUS = {True: ("found", "Memorized"), False: ("clear", "Nothing found"), None: ("unknown", "No verdict")}
HEADLINES = {
    True: "The model names labels of rows that it was trained on more often than those of other rows.",
    False: "Nothing shows that the model memorized labels.",
    None: "Whether the model memorized labels cannot be told from what was given.",
}
METHOD = (
    "The model was trained before anybody planted canaries, so that no coin decided any of its labels. For each row it "
    "names the label of which it is surer than a proxy by most; the proxy has seen the features of the row and never "
    "its label. A model that knows no more of labels than their features tell, and a proxy that knows that too, are "
    "right as often as the proxy expects. The same is done on rows that the model was not trained on: what it finds "
    "there is the proxy's error, for there is nothing to remember."
)
READING = [
    ("named", "rows whose own label is the one that the model names."),
    ("expected", "how many that would be if the model knew no label, by the proxy."),
    ("p", "how probable so many, or more, would be then."),
    (
        "eps + Gamma >=",
        "what the training spent (epsilon, as of label differential privacy) and what the proxy is wrong by (Gamma, in "
        "log odds) are so large together. Data cannot tell one from the other; on held-out rows all of it is Gamma.",
    ),
    (
        "Gamma that held-out rows suggest",
        "the one shift of the proxy's log odds at which it would expect as many named labels as there were, with its "
        "interval. Near 0 the proxy is honest about what the model names.",
    ),
    (
        "Memorized",
        "is said only where training rows are named beyond the proxy, and more often so than held-out rows of which it "
        "thinks nearly the same, by a permutation test, and where features alone do not tell the kinds of rows apart.",
    ),
]
LIMITS = [
    "An epsilon by itself: without coins of its own an audit bounds epsilon + Gamma, and nothing in the data says how "
    "much of it is which.",
    "That a model memorized nothing: a proxy that is surer than it should be hides what there is, and a model may "
    "remember what its answers on these rows do not show.",
    "Anything if held-out rows come from elsewhere than training rows, from another year or another region, in a way "
    "that their features do not show.",
    "Who was memorized: that takes canaries, or models trained without the row.",
]
ADVICE = {
    True: [
        "Where labels are sensitive, treat the model as you treat the labels. Train it with less capacity or fewer "
        "passes, or protect the labels (RandomizedResponse), and audit again.",
        "For an epsilon by itself train once with canaries (plant_canaries, or the command plan): their odds are "
        "known.",
    ],
    False: [
        "A stronger answer takes canaries: their odds are one half and known, so that no proxy is needed "
        "(plant_canaries, or the command plan).",
        "Look at whether the proxy is honest: one that is over-sure hides what there is.",
    ],
    None: [
        "Give rows that the model was not trained on, from where its training rows come from, as held-out rows.",
        "Or train once with canaries (plant_canaries, or the command plan): they need neither proxy nor held-out rows.",
    ],
}
